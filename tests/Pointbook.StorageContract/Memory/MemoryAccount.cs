using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Memory;

/// <summary>The data of one account in the account store in memory. Not thread-safe.</summary>
internal sealed class MemoryAccount(AccountId account)
{
    private readonly List<Sequence> _operations = [];

    public AccountState State { get; } = new(account);

    public Dictionary<IdempotencyKey, KeyRecord> Keys { get; } = [];

    public SortedDictionary<Sequence, SubjectEnd> Ends { get; } = [];

    public IReadOnlyList<Sequence> Operations => _operations;

    public AccountRow Row => new(State.StandsAt, State.FlushedThrough, State.FlushedThroughBefore) { Opening = State.Opening, LastOperation = State.LastOperation };

    public void Apply(RecordedEntry recorded)
    {
        Entry entry = recorded.Entry;
        State.Apply(entry);
        if (entry.IsFirst)
        {
            _operations.Add(entry.Sequence);
        }

        if (entry.Origin is { Key: { } key, KeyHash: { } hash })
        {
            Keys[key] = new KeyRecord(hash, entry.Sequence, recorded.Time.DecidedAt);
        }

        if (SubjectEnd.Of(entry) is { } end)
        {
            Ends[entry.Subject!.Value] = end;
        }
    }

    private DueRows ReadDue(Instant now)
    {
        AccountSnapshot snapshot = State.ToSnapshot();
        bool isFlushed = State.StandsAt == State.FlushedThrough;
        return new DueRows(
            [.. snapshot.Lots.Where(lot => lot.ExpiresAt <= now)], [.. snapshot.Holds.Where(hold => !isFlushed && hold.EndsAt <= now)]);
    }

    /// <summary>The time of the first due event of the account, if it was due by then.</summary>
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
