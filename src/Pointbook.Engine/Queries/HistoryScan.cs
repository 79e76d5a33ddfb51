using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Gathers the rows of one page of a history, until there are enough or enough was looked at. Not thread-safe.</summary>
internal sealed class HistoryScan(HistoryQuery query, QueryOptions options)
{
    // Nothing is known of the rows before the first ones, and one row may have very many payers.
    private const int FirstRead = 4;

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

    /// <summary>How many rows to read next, so that they exceed <see cref="QueryOptions.HistoryBytesMax"/> by few, if they are like the rows so far.</summary>
    /// <param name="countMax">How many at most, at least 1.</param>
    public int CountNext(int countMax) => _scanned == 0
        ? Math.Min(countMax, FirstRead)
        : (int)Math.Clamp((options.HistoryBytesMax - _payerBytes) * _scanned / Math.Max(1, _payerBytes) + 1, 1, countMax);

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
            _payerBytes += row.Payers.Bytes.Length;
            if ((query.Payer is null || row.Payers.Contains(query.Payer)) && (query.Kind is null || row.Kind == query.Kind))
            {
                _found.Add(row);
            }
        }

        IsAtEnd = !hasMore;
    }
}
