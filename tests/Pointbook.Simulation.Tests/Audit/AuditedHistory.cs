namespace Pointbook.Simulation.Tests.Audit;

/// <summary>The operations of one account, its pending spends, and the captures, reversals and restores of earlier operations.</summary>
internal sealed class AuditedHistory
{
    private readonly Dictionary<long, Operation> _operations = [];
    private readonly SortedDictionary<long, Operation> _pending = [];
    private readonly List<Operation> _flushedPending = [];
    private Operation? _latest;
    private Operation? _latestFlush;

    /// <summary>The operations of the account, in order.</summary>
    public List<Operation> Operations { get; } = [];

    /// <summary>The latest capture or reversal of each spend, and the restore of each flush, by spend or flush.</summary>
    public SortedDictionary<long, Operation> Ends { get; } = [];

    /// <summary>The last entry of the latest flush that was not restored.</summary>
    public long FlushedThrough { get; private set; }

    public long FlushedThroughBefore { get; private set; }

    /// <summary>The pending spends. Directly after a flush, these are the spends that the flush removed.</summary>
    public IEnumerable<Operation> Holds => _latest?.Header.Kind == "flush" ? _flushedPending : _pending.Values;

    /// <summary>Adds the next operation and checks that it may follow the earlier ones.</summary>
    public void Add(Operation operation)
    {
        JournalRow header = operation.Header;
        switch (operation.Kind)
        {
            case "spend":
                CheckNothingExpired(operation);
                break;
            case "capture":
                Require(_pending.Remove(header.Subject!.Value), header, $"is about a spend that is not pending");
                Ends[header.Subject!.Value] = operation;
                break;
            case "reversal":
                CheckReversal(operation);
                break;
            case "expiry":
                Require(operation.Rows.All(row => row.ExpiresAt <= operation.DecidedAt), header, $"comes before the lot expires");
                break;
            case "flush":
                Flush(operation);
                break;
            case "restore":
                Restore(operation);
                break;
        }

        if (header is { Kind: "spend", ExpiresAt: not null })
        {
            _pending.Add(header.Sequence, operation);
        }

        _operations.Add(header.Sequence, operation);
        Operations.Add(operation);
        _latest = operation;
    }

    private static void CheckNothingExpired(Operation spend)
    {
        foreach (JournalRow row in spend.Draws)
        {
            Require(row.ExpiresAt is null || row.ExpiresAt > spend.DecidedAt, row, $"draws points that have expired");
        }
    }

    /// <summary>Checks that a reversal returns exactly what the spend drew, and only once. An automatic one must not come before the end of the hold.</summary>
    private void CheckReversal(Operation reversal)
    {
        JournalRow header = reversal.Header;
        long subject = header.Subject!.Value;
        Require(_operations.TryGetValue(subject, out Operation? spend) && spend.Kind == "spend", header, $"is not about a spend of the account");
        Require(subject > FlushedThrough, header, $"is about a spend from before the latest flush");
        Require(!Ends.TryGetValue(subject, out Operation? end) || end.Kind == "capture", header, $"is the second one of its spend");
        Require(
            spend!.Draws.Select(row => (row.Lot, row.Payer, -row.Points)).SequenceEqual(reversal.Rows.Skip(1).Select(row => (row.Lot, row.Payer, row.Points))),
            header,
            $"returns other points than were drawn");
        bool isPending = _pending.Remove(subject);
        Require(
            header.ExpiresAt is null || (isPending && header.ExpiresAt == spend.Header.ExpiresAt && header.ExpiresAt <= reversal.DecidedAt),
            header,
            $"is not the end of a hold");
        Ends[subject] = reversal;
    }

    private void Flush(Operation flush)
    {
        if (flush.Header.Payer is null)
        {
            FlushedThrough = flush.Header.Sequence;
            return;
        }

        Require(
            flush.Rows.Where(row => row.Payer is null).Select(row => (row.Subject, row.ExpiresAt))
                .SequenceEqual(_pending.Values.Select(spend => ((long?)spend.Header.Sequence, spend.Header.ExpiresAt)).Order()),
            flush.Header,
            $"names other spends than those that are pending");
        _latestFlush = flush;
        FlushedThroughBefore = FlushedThrough;
        FlushedThrough = flush.Rows[^1].Sequence;
        _flushedPending.Clear();
        _flushedPending.AddRange(_pending.Values);
        _pending.Clear();
    }

    /// <summary>Checks that a restore is the mirror of the latest flush that removed something. Only flushes of empty accounts may be between the two.</summary>
    private void Restore(Operation restore)
    {
        Require(_latest is { Kind: "flush" } && _latestFlush?.Header.Sequence == restore.Header.Subject, restore.Header, $"does not follow its flush");
        Require(
            _latestFlush!.Rows.Select(Mirror).SequenceEqual(restore.Rows.Select(row => (row.Payer, row.Points, row.LotPoints, row.Lot, row.OccurredAt, row.ExpiresAt, SpendOf(row)))),
            restore.Header,
            $"does not mirror its flush");
        FlushedThrough = FlushedThroughBefore;
        Ends[restore.Header.Subject!.Value] = restore;
        foreach (Operation spend in _flushedPending)
        {
            _pending.Add(spend.Header.Sequence, spend);
        }
    }

    private static (string? Payer, long Points, long LotPoints, long? Lot, long? OccurredAt, long? ExpiresAt, long? Spend) Mirror(JournalRow row) =>
        (row.Payer, -row.Points, -row.LotPoints, row.Lot, row.OccurredAt, row.ExpiresAt, SpendOf(row));

    /// <summary>The pending spend that an entry of a flush or a restore names.</summary>
    private static long? SpendOf(JournalRow row) => row.Payer is null ? row.Subject : null;

    private static void Require(bool holds, JournalRow row, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new AuditException($"The {row} {otherwise}.");
        }
    }
}
