using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The combined changes of many entries to the rows of one account. Each row changes once. Reusable for another account. Not thread-safe.</summary>
public sealed class AccountChange
{
    // A round has very many accounts with few entries each. So the lists are reused, and the class allocates nothing that most accounts do not need.
    private readonly List<LotChange> _lots = [];
    private readonly Dictionary<PayerName, PayerChange> _payers = [];
    private readonly List<Sequence> _operations = [];
    private readonly List<Entry> _lotEntries = [];
    private List<KeyChange>? _keys;
    private Dictionary<Sequence, SubjectEnd>? _ends;
    private FlushMarks _flushes;

    /// <summary>Begins the change of an account. Forgets the previous one.</summary>
    internal void Begin(AccountId account, AccountRow row)
    {
        Forget();
        Account = account;
        StandsAt = row.StandsAt;
        Opening = row.Opening;
        LastOperation = row.LastOperation;
        _flushes = new FlushMarks(row.FlushedThrough, row.FlushedThroughBefore);
        Holds.Begin(areSetAside: _flushes.IsFlushed(row.StandsAt));
    }

    /// <summary>The account.</summary>
    public AccountId Account { get; private set; } = null!;

    /// <summary>The first entry of the account.</summary>
    public Sequence Opening { get; private set; }

    /// <summary>The first entry of the account's last operation.</summary>
    public Sequence LastOperation { get; private set; }

    /// <summary>The last entry that the rows contain after the change.</summary>
    public Sequence StandsAt { get; private set; }

    /// <summary>The last entry of the latest flush that was not restored. The account's operations up to it are archived.</summary>
    public Sequence FlushedThrough => _flushes.Through;

    /// <summary>The value of <see cref="FlushedThrough"/> before that flush.</summary>
    public Sequence FlushedThroughBefore => _flushes.Before;

    /// <summary>The account's own row after the change.</summary>
    public AccountRow Row => new(StandsAt, FlushedThrough, FlushedThroughBefore) { Opening = Opening, LastOperation = LastOperation };

    /// <summary>The changed lots, in their order.</summary>
    public IReadOnlyCollection<LotChange> Lots => _lots;

    /// <summary>The changed lines of payers.</summary>
    public IReadOnlyCollection<PayerChange> Payers => _payers.Values;

    /// <summary>The used idempotency keys, in order. If a key occurs twice, the later use counts.</summary>
    public IReadOnlyList<KeyChange> Keys => _keys ?? (IReadOnlyList<KeyChange>)[];

    /// <summary>The first entries of the new operations, in order.</summary>
    public IReadOnlyList<Sequence> Operations => _operations;

    /// <summary>The ends (captures, reversals, restores) of spends and flushes, by their first entries. They replace existing rows.</summary>
    public IReadOnlyDictionary<Sequence, SubjectEnd> Ends => _ends ?? (IReadOnlyDictionary<Sequence, SubjectEnd>)ReadOnlyDictionary<Sequence, SubjectEnd>.Empty;

    /// <summary>The opened and closed holds of pending spends.</summary>
    public HoldChanges Holds { get; } = new();

    /// <summary>The changed lines of payers, by name.</summary>
    internal Dictionary<PayerName, PayerChange> PayersByName => _payers;

    /// <summary>The changed lots, in their order.</summary>
    internal List<LotChange> LotsInOrder => _lots;

    /// <summary>For how many items the change has memory.</summary>
    internal int CapacityOfItems => Math.Max(Math.Max(_lots.Capacity, _payers.Capacity), Math.Max(_operations.Capacity, _lotEntries.Capacity));

    /// <summary>Forgets all entries.</summary>
    internal void Forget()
    {
        _lots.Clear();
        _payers.Clear();
        _operations.Clear();
        _lotEntries.Clear();
        (_keys, _ends) = (null, null);
        Holds.Begin(areSetAside: false);
    }

    internal void Add(Entry entry, CommitTime time)
    {
        StandsAt = entry.Sequence;
        if (entry.Opening != Opening)
        {
            throw new AccountDamagedException(Account, $"the account was opened by entry {Opening}, and entry {entry.Sequence} says {entry.Opening}");
        }

        Opening = Opening == Sequence.Zero ? entry.Sequence : Opening;
        if (entry.IsFirst)
        {
            AddOperation(entry);
        }

        _flushes = _flushes.After(entry);
        HoldFold.Apply(entry, Holds);
        if (entry.Origin is { Key: { } key, KeyHash: { } hash })
        {
            (_keys ??= []).Add(new KeyChange(key, new KeyRecord(hash, entry.Sequence, time.DecidedAt)));
        }

        if (SubjectEnd.Of(entry) is { } end)
        {
            (_ends ??= [])[entry.Subject!.Value] = end;
        }

        if (!entry.LotPoints.IsZero)
        {
            _lotEntries.Add(entry);
        }

        if (entry.Payer is not null)
        {
            AddPayer(entry, entry.Payer);
        }
    }

    /// <summary>Completes the change. The caller must not add entries after it.</summary>
    internal void Finish() => AddLots();

    private void AddOperation(Entry first)
    {
        if (first.PreviousOperation != LastOperation)
        {
            throw new AccountDamagedException(
                Account, $"the last operation of the account is {LastOperation}, and operation {first.Sequence} follows operation {first.PreviousOperation}");
        }

        LastOperation = first.Sequence;
        _operations.Add(first.Sequence);
    }

    /// <summary>Adds up the entries of each lot in their order, so that no intermediate sum leaves the lot's range.</summary>
    private void AddLots()
    {
        _lotEntries.Sort(static (left, right) => (KeyOf(left), left.Sequence).CompareTo((KeyOf(right), right.Sequence)));
        foreach (Entry entry in _lotEntries)
        {
            LotKey key = KeyOf(entry);
            Points before = Points.Zero;
            if (_lots.Count > 0 && _lots[^1].Key == key)
            {
                before = _lots[^1].Points;
                _lots.RemoveAt(_lots.Count - 1);
            }

            _lots.Add(new LotChange(key, entry.Payer!, before + entry.LotPoints, entry.ExpiresAt));
        }
    }

    private static LotKey KeyOf(Entry entry) => new(entry.OccurredAt!.Value, entry.Lot!.Value);

    private void AddPayer(Entry entry, PayerName payer)
    {
        ref PayerChange change = ref CollectionsMarshal.GetValueRefOrAddDefault(_payers, payer, out bool exists);
        if (entry.Kind == EntryKind.Flush)
        {
            // A flush removes all of a payer's points in several entries, so the payer's line is empty from the first of them on.
            change = new PayerChange(payer) { ReplacesRow = true };
            return;
        }

        PayerChange before = exists ? change : new PayerChange(payer);
        change = before with
        {
            FirstSequence = before.FirstSequence ?? entry.Sequence,
            Points = before.Points + entry.Points,
            // Compute the difference first: near 2^63, the sum of the outstanding points and a credit overflows.
            Outstanding = before.Outstanding + (entry.LotPoints - entry.Points),
        };
    }
}

/// <summary>An account's own row.</summary>
/// <param name="StandsAt">The last entry that its rows contain; zero for an account without rows.</param>
/// <param name="FlushedThrough">The last entry of the latest flush that was not restored.</param>
/// <param name="FlushedThroughBefore">Its value before that flush.</param>
public readonly record struct AccountRow(Sequence StandsAt, Sequence FlushedThrough, Sequence FlushedThroughBefore)
{
    /// <summary>The first entry of the account; zero for an account without rows.</summary>
    public Sequence Opening { get; init; }

    /// <summary>The first entry of the account's last operation; zero for an account without rows.</summary>
    public Sequence LastOperation { get; init; }
}

/// <summary>The net change of one lot.</summary>
/// <param name="Key">The lot.</param>
/// <param name="Payer">The payer that funds it.</param>
/// <param name="Points">The change of the remaining points. The row exists exactly while points remain.</param>
/// <param name="ExpiresAt">When the lot expires, or null.</param>
public readonly record struct LotChange(LotKey Key, PayerName Payer, Points Points, Instant? ExpiresAt);

/// <summary>The net change of one payer's line.</summary>
/// <param name="Payer">The payer.</param>
public readonly record struct PayerChange(PayerName Payer)
{
    /// <summary>Whether a flush emptied the existing row, if any, before this change.</summary>
    public bool ReplacesRow { get; init; }

    /// <summary>The first entry in this change that gives the payer a line; null if there is none after a flush.</summary>
    public Sequence? FirstSequence { get; init; }

    /// <summary>The change of the balance.</summary>
    public Points Points { get; init; }

    /// <summary>The change of the outstanding deductions.</summary>
    public Points Outstanding { get; init; }
}

/// <summary>A used idempotency key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Record">Its use.</param>
public sealed record KeyChange(IdempotencyKey Key, KeyRecord Record);
