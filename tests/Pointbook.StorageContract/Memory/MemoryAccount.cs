using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Memory;

/// <summary>What the projection in memory keeps of one account. Not thread-safe.</summary>
internal sealed class MemoryAccount(AccountId account)
{
    private readonly SortedDictionary<Sequence, OperationRow> _operations = [];
    private readonly List<RecordedEntry> _written = [];

    public AccountState State { get; } = new(account);

    public Dictionary<IdempotencyKey, KeyRecord> Keys { get; } = [];

    public SortedDictionary<Sequence, SubjectEnd> Ends { get; } = [];

    public IReadOnlyCollection<OperationRow> Operations => _operations.Values;

    public AccountRow Row => new(State.StandsAt, State.FlushedThrough, State.FlushedThroughBefore) { Opening = State.Opening };

    public void Apply(RecordedEntry recorded)
    {
        Entry entry = recorded.Entry;
        State.Apply(entry);
        if (entry.IsFirst)
        {
            Complete();
        }

        _written.Add(recorded);
        if (entry.Origin is { Key: { } key, KeyHash: { } hash })
        {
            Keys[key] = new KeyRecord(hash, entry.Sequence, recorded.Time.DecidedAt);
        }

        if (SubjectEnd.Of(entry) is { } end)
        {
            Ends[entry.Subject!.Value] = end;
        }
    }

    /// <summary>Makes the row of the operation whose entries were applied last.</summary>
    public void Complete()
    {
        if (_written.Count > 0)
        {
            _operations[_written[0].Entry.Sequence] = OperationRow.Of(_written.Select(recorded => recorded.Entry), _written[0].Time);
            _written.Clear();
        }
    }

    private DueRows ReadDue(Instant now)
    {
        AccountSnapshot snapshot = State.ToSnapshot();
        bool isFlushed = State.StandsAt == State.FlushedThrough;
        return new DueRows(
            [.. snapshot.Lots.Where(lot => lot.ExpiresAt <= now)], [.. snapshot.Holds.Where(hold => !isFlushed && hold.EndsAt <= now)]);
    }

    /// <summary>When something in it was due first, if it was by then.</summary>
    public Instant? FirstDue(Instant now)
    {
        bool isFlushed = State.StandsAt == State.FlushedThrough;
        AccountSnapshot snapshot = State.ToSnapshot();
        IEnumerable<Instant?> lots = snapshot.Lots.Select(lot => lot.ExpiresAt);
        IEnumerable<Instant?> holds = isFlushed ? [] : snapshot.Holds.Select(hold => (Instant?)hold.EndsAt);
        return lots.Concat(holds).Where(due => due <= now).Min();
    }

    public BalanceRows ReadBalance(Instant now) => new(State.Account, State.StandsAt, State.Held, State.ToSnapshot().Payers, ReadDue(now));

    public LotRows ReadLots(LotQuery query)
    {
        AccountSnapshot snapshot = State.ToSnapshot();
        OwedAtPlace owed = new(query.After, State.StandsAt, snapshot.Payers);
        foreach (LotSnapshot lot in snapshot.Lots.Where(lot => lot.Key <= query.After?.Key))
        {
            owed.Count(lot.Payer.Value, lot.Remaining);
        }

        IEnumerable<LotSnapshot> lots = snapshot.Lots.Where(lot => !(lot.Key <= query.After?.Key) && !(lot.ExpiresAt <= query.Now));
        return new LotRows(State.StandsAt, [.. lots.Take(query.CountMax)], snapshot.Payers, ReadDue(query.Now), owed.Owed);
    }

    public AccountTables ToTables() => new(
        State.ToSnapshot(),
        [.. Operations],
        [.. Ends.Select(pair => (pair.Key, pair.Value))],
        [.. Keys.Values.OrderBy(record => record.Operation)]);
}
