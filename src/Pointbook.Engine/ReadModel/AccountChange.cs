using System.Collections.ObjectModel;
using System.Runtime.InteropServices;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>What many entries change in the rows of one account, each row once. Not thread-safe.</summary>
public sealed class AccountChange
{
    // A round has very many accounts with few entries each, so nothing is allocated for what most of them lack.
    private readonly List<LotChange> _lots = [];
    private readonly Dictionary<PayerName, PayerChange> _payers = [];
    private readonly List<OperationRow> _operations = [];
    private List<Entry>? _lotEntries;
    private List<KeyChange>? _keys;
    private Dictionary<Sequence, SubjectEnd>? _ends;
    private readonly OperationRowBuilder _building;

    private FlushMarks _flushes;

    internal AccountChange(AccountId account, AccountRow row, OperationRowBuilder building)
    {
        _building = building;
        Account = account;
        StandsAt = row.StandsAt;
        Opening = row.Opening;
        _flushes = new FlushMarks(row.FlushedThrough, row.FlushedThroughBefore);
        Holds = new HoldChanges(areSetAside: _flushes.IsFlushed(row.StandsAt));
    }

    /// <summary>Which account.</summary>
    public AccountId Account { get; }

    /// <summary>The first entry of the account.</summary>
    public Sequence Opening { get; private set; }

    /// <summary>The last entry, at which the rows stand afterwards.</summary>
    public Sequence StandsAt { get; private set; }

    /// <summary>The last entry of the latest flush that was not taken back: the account's operations up to it are archived.</summary>
    public Sequence FlushedThrough => _flushes.Through;

    /// <summary>What <see cref="FlushedThrough"/> was before that flush.</summary>
    public Sequence FlushedThroughBefore => _flushes.Before;

    /// <summary>The lots that change, in their order.</summary>
    public IReadOnlyCollection<LotChange> Lots => _lots;

    /// <summary>The lines that change.</summary>
    public IReadOnlyCollection<PayerChange> Payers => _payers.Values;

    /// <summary>The idempotency keys that were used, in order; the later one counts if a key is there twice.</summary>
    public IReadOnlyList<KeyChange> Keys => _keys ?? (IReadOnlyList<KeyChange>)[];

    /// <summary>The operations that were written, in order.</summary>
    public IReadOnlyList<OperationRow> Operations => _operations;

    /// <summary>What became of spends and flushes, by their first entries. A row that is there is replaced.</summary>
    public IReadOnlyDictionary<Sequence, SubjectEnd> Ends => _ends ?? (IReadOnlyDictionary<Sequence, SubjectEnd>)ReadOnlyDictionary<Sequence, SubjectEnd>.Empty;

    /// <summary>The pending spends that came and went.</summary>
    public HoldChanges Holds { get; }

    internal void Add(Entry entry, CommitTime time)
    {
        StandsAt = entry.Sequence;
        if (entry.Opening != Opening)
        {
            throw new AccountDamagedException(Account, $"the account was opened by entry {Opening}, and entry {entry.Sequence} says {entry.Opening}");
        }

        Opening = Opening == Sequence.Zero ? entry.Sequence : Opening;

        AddOperation(entry, time);
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
            (_lotEntries ??= []).Add(entry);
        }

        if (entry.Payer is not null)
        {
            AddPayer(entry, entry.Payer);
        }
    }

    /// <summary>Ends the change. Nothing is added any more.</summary>
    internal void Finish()
    {
        FinishOperation();
        AddLots();
    }

    private void FinishOperation()
    {
        if (_building.HasEntries)
        {
            _operations.Add(_building.Finish());
        }
    }

    private void AddOperation(Entry entry, CommitTime time)
    {
        if (entry.IsFirst)
        {
            FinishOperation();
        }

        _building.Add(entry, time);
    }

    /// <summary>Adds up the entries of each lot. Those of one lot are added in their order, in which no sum leaves the lot's range.</summary>
    private void AddLots()
    {
        if (_lotEntries is null)
        {
            return;
        }

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
            // A flush takes all of a payer's points in several entries, so from the first one on nothing is left of its line.
            change = new PayerChange(payer) { ReplacesRow = true };
            return;
        }

        PayerChange before = exists ? change : new PayerChange(payer);
        change = before with
        {
            FirstSequence = before.FirstSequence ?? entry.Sequence,
            Points = before.Points + entry.Points,
            // The difference first: next to 2^63 the sum of what is outstanding and a credit does not fit.
            Outstanding = before.Outstanding + (entry.LotPoints - entry.Points),
        };
    }
}

/// <summary>What an account's own row says.</summary>
/// <param name="StandsAt">The last entry that its rows contain; zero for an account without rows.</param>
/// <param name="FlushedThrough">The last entry of the latest flush that was not taken back.</param>
/// <param name="FlushedThroughBefore">What that was before that flush.</param>
public readonly record struct AccountRow(Sequence StandsAt, Sequence FlushedThrough, Sequence FlushedThroughBefore)
{
    /// <summary>The first entry of the account; zero for an account without rows.</summary>
    public Sequence Opening { get; init; }
}

/// <summary>The net change of one lot.</summary>
/// <param name="Key">Which lot.</param>
/// <param name="Payer">Who funds it.</param>
/// <param name="Points">By how much what is left changes; the row is there exactly while something is left.</param>
/// <param name="ExpiresAt">When it expires, or null.</param>
public readonly record struct LotChange(LotKey Key, PayerName Payer, Points Points, Instant? ExpiresAt);

/// <summary>The net change of one payer's line.</summary>
/// <param name="Payer">Whose line.</param>
public readonly record struct PayerChange(PayerName Payer)
{
    /// <summary>Whether the row there is, if any, was flushed away before this change.</summary>
    public bool ReplacesRow { get; init; }

    /// <summary>The first entry in this change that gives the payer a line; null if there is none after a flush.</summary>
    public Sequence? FirstSequence { get; init; }

    /// <summary>By how much the balance changes.</summary>
    public Points Points { get; init; }

    /// <summary>By how much the outstanding deductions change.</summary>
    public Points Outstanding { get; init; }
}

/// <summary>An idempotency key that was used.</summary>
/// <param name="Key">The key.</param>
/// <param name="Record">What it was used for.</param>
public sealed record KeyChange(IdempotencyKey Key, KeyRecord Record);
