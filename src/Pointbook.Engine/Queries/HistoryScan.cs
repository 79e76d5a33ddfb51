using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Gathers the rows of one page of a history, until there are enough or enough was looked at. Not thread-safe.</summary>
internal sealed class HistoryScan(HistoryQuery query, QueryOptions options)
{
    private readonly List<OperationRow> _found = [];
    private int _scanned;
    private long _payerBytes;

    /// <summary>The rows of the page.</summary>
    public IReadOnlyList<OperationRow> Found => _found;

    /// <summary>The operation that was looked at last; null if none was.</summary>
    public Sequence? Last { get; private set; }

    /// <summary>How many rows the page still lacks.</summary>
    public int Wanted => query.CountMax - _found.Count;

    /// <summary>Whether there is nothing behind the operation that was looked at last.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Whether the page ends here.</summary>
    public bool IsFull => Wanted == 0 || _scanned >= options.OperationsScannedMax || _payerBytes >= options.HistoryBytesMax;

    /// <summary>Looks at rows until the page is full.</summary>
    /// <param name="rows">The next rows.</param>
    /// <param name="hasMore">Whether there may be more behind them.</param>
    public void Add(IReadOnlyList<OperationRow> rows, bool hasMore)
    {
        foreach (OperationRow row in rows)
        {
            if (IsFull)
            {
                return;
            }

            // Times ascend with the journal, so everything before this row is earlier as well.
            if (row.RecordedAt < query.RecordedFrom)
            {
                IsAtEnd = true;
                return;
            }

            Last = row.First;
            _scanned++;
            if ((query.Payer is null || row.Payers.Contains(query.Payer)) && (query.Kind is null || row.Kind == query.Kind))
            {
                _found.Add(row);
                _payerBytes += row.Payers.Bytes.Length;
            }
        }

        IsAtEnd = !hasMore;
    }
}
