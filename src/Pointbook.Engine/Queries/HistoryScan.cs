using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Gathers the operations of one page of a history, until the page is full or it has scanned enough. Not thread-safe.</summary>
internal sealed class HistoryScan(HistoryQuery query, QueryOptions options)
{
    // The size of operations is unknown before the first read, and one operation may have very many payers.
    private const int FirstRead = 4;

    // A reply lists each payer's name and points, which are mostly short.
    private const int PointsLength = 2;

    private readonly List<OperationHead> _found = [];
    private int _scanned;
    private long _payerBytes;

    /// <summary>The operations of the page.</summary>
    public IReadOnlyList<OperationHead> Found => _found;

    /// <summary>The last scanned operation; null if none was scanned.</summary>
    public Sequence? Last { get; private set; }

    /// <summary>How many operations the page still lacks.</summary>
    public int Wanted => query.CountMax - _found.Count;

    /// <summary>Whether the query has no operation after the last scanned one.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Whether the page ends here.</summary>
    public bool IsFull => Wanted == 0 || _scanned >= options.OperationsScannedMax || _payerBytes >= options.HistoryBytesMax;

    /// <summary>How many operations to read next, so that they hardly exceed <see cref="QueryOptions.HistoryBytesMax"/> if they are like those so far.</summary>
    /// <param name="countMax">The most operations to read, at least 1.</param>
    public int CountNext(int countMax) => _scanned == 0
        ? Math.Min(countMax, FirstRead)
        : (int)Math.Clamp((options.HistoryBytesMax - _payerBytes) * _scanned / Math.Max(1, _payerBytes) + 1, 1, countMax);

    /// <summary>Scans operations until the page is full.</summary>
    /// <param name="operations">The next operations.</param>
    /// <param name="hasMore">Whether more operations may follow them.</param>
    public void Add(IReadOnlyList<OperationHead> operations, bool hasMore)
    {
        foreach (OperationHead operation in operations)
        {
            if (IsFull)
            {
                return;
            }

            // Times ascend with the journal, so all operations before this one are also too early.
            if (operation.Time.RecordedAt < query.RecordedFrom)
            {
                IsAtEnd = true;
                return;
            }

            Last = operation.First.Sequence;
            _scanned++;
            _payerBytes += operation.Payers.Sum(payer => payer.Payer.Value.Length + PointsLength);
            if ((query.Payer is null || operation.Concerns(query.Payer)) && (query.Kind is null || operation.Kind == query.Kind))
            {
                _found.Add(operation);
            }
        }

        IsAtEnd = !hasMore;
    }
}
