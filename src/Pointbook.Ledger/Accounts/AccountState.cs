using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The state of one account: the fold of its entries. Not thread-safe; one writer owns it.</summary>
/// <remarks>Only <see cref="Apply"/> changes it, both live and at replay.</remarks>
public sealed class AccountState
{
    // The lines of payers take 40 bytes, the queue of lots 32, the marks of flushes 16, and eight other fields 8 each.
    private const long FieldBytes = 152;

    private LotQueue _lots;
    private PayerLines _payers;
    private AccountHolds? _holds;
    private LotExpiries? _expiries;
    private FlushMarks _flushes;

    /// <summary>Creates an account without entries.</summary>
    public AccountState(AccountId account) => Account = account;

    /// <summary>The account.</summary>
    public AccountId Account { get; }

    /// <summary>The first entry of the account; zero if there is none, or if the account was erased.</summary>
    public Sequence Opening { get; private set; }

    /// <summary>The first entry of the account's last operation; zero if there is none, or if the account was erased.</summary>
    public Sequence LastOperation { get; private set; }

    /// <summary>The last entry it contains.</summary>
    public Sequence StandsAt { get; private set; }

    /// <summary>The account's balance: the sum over its payers. Never negative.</summary>
    public Points Balance { get; private set; }

    /// <summary>The payers' lines in order of first appearance since the last flush. Valid until a line is added or removed.</summary>
    public IReadOnlyCollection<PayerLine> Payers => _payers.ToCollection();

    /// <summary>The points that pending spends hold. They are not part of the balance, and may return to it.</summary>
    public Points Held => Holds.Points;

    /// <summary>The last entry of the latest flush that was not restored, or of a later flush that found the account empty; zero if there is none.</summary>
    public Sequence FlushedThrough => _flushes.Through;

    /// <summary>The value of <see cref="FlushedThrough"/> before that flush. A restore sets it again.</summary>
    public Sequence FlushedThroughBefore => _flushes.Before;

    /// <summary>The number of open lots.</summary>
    public int LotCount => _lots.Count;

    /// <summary>The approximate number of entries if everything becomes due: one expiry of each lot and one return of each held draw.</summary>
    public int DueEntriesMax => _lots.Count + Holds.DrawCount;

    /// <summary>Whether any payer has unpaid deductions.</summary>
    public bool HasOutstanding => _payers.Owing > 0;

    /// <summary>Its size in memory, in bytes, with its key. <see cref="AccountAsOf"/> changes it too, if it keeps many due events. A payer's shared name counts only for the first account.</summary>
    public long SizeInBytes => HeapSize.Header + FieldBytes + HeapSize.Of(Account) + _payers.SizeInBytes + _lots.SizeInBytes
        + (_holds?.SizeInBytes ?? 0) + (_expiries?.SizeInBytes ?? 0) + (LatestDue?.SizeInBytes ?? 0);

    /// <summary>The open lots. Only this class changes them.</summary>
    internal ref readonly LotQueue Lots => ref _lots;

    /// <summary>The pending spends.</summary>
    internal HoldBook Holds => _holds?.Pending ?? HoldBook.None;

    /// <summary>Restores the state that a store kept.</summary>
    public static AccountState FromSnapshot(AccountSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        AccountState state = new(snapshot.Account)
        {
            Opening = snapshot.Opening,
            LastOperation = snapshot.LastOperation,
            StandsAt = snapshot.StandsAt,
            _flushes = new FlushMarks(snapshot.FlushedThrough, snapshot.FlushedThroughBefore),
        };
        foreach (PayerSnapshot payer in snapshot.Payers)
        {
            PayerLine line = state._payers.TryGet(payer.Name, out _)
                ? throw new ArgumentException($"{payer.Name} has two lines.", nameof(snapshot))
                : state.AddLine(payer.Name, payer.FirstSequence);
            state.ChangeBalance(line, payer.Balance);
            state.ChangeOutstanding(line, payer.Outstanding);
        }

        state._lots.Reserve(snapshot.Lots.Count);
        foreach (LotSnapshot lot in snapshot.Lots)
        {
            PayerLine line = state._payers.Get(lot.Payer);
            line.LotCount++;
            state._lots.Add(new Lot(lot.Key, line, lot.Remaining, lot.ExpiresAt));
        }

        state._expiries = LotExpiries.Of(snapshot.Lots);
        state._holds = AccountHolds.Of(snapshot.Holds, areSetAside: state._flushes.IsFlushed(snapshot.StandsAt));
        return state;
    }

    /// <summary>A copy of the state, which a caller may change without effect on this one.</summary>
    public AccountState Copy() => FromSnapshot(ToSnapshot());

    /// <summary>The state as a store keeps it.</summary>
    public AccountSnapshot ToSnapshot() => new(
        Account,
        StandsAt,
        [.. Payers.Select(line => new PayerSnapshot(line.Name, line.Balance, line.Outstanding, line.FirstSequence))],
        [.. OpenLots().Select(lot => new LotSnapshot(lot.Key, lot.Payer.Name, lot.Remaining, lot.ExpiresAt))])
    {
        Holds = [.. (_holds?.Stored ?? HoldBook.None).All.Select(hold => new HoldSnapshot(hold.Spend, hold.EndsAt, [.. hold.Draws]))],
        Opening = Opening,
        LastOperation = LastOperation,
        FlushedThrough = FlushedThrough,
        FlushedThroughBefore = FlushedThroughBefore,
    };

    /// <summary>Finds the hold of a spend, if the spend is pending.</summary>
    /// <returns>The pending spend, or null.</returns>
    public Hold? FindHold(Sequence spend) => Holds.TryFind(spend, out Hold? hold) ? hold : null;

    /// <summary>Whether a hold has ended or a lot has expired, and the state does not reflect it yet.</summary>
    public bool HasDue(Instant now) => Holds.FirstEnd <= now || _expiries?.First <= now;

    /// <summary>The due events that a caller found last, if they were many; null after a change of the state.</summary>
    internal DueEvents? LatestDue { get; set; }

    /// <summary>When the first hold ends or the first lot expires after an instant; null if none does.</summary>
    internal Instant? NextDueAfter(Instant now)
    {
        Instant? end = Holds.FirstEndAfter(now);
        Instant? expiry = _expiries?.FirstAfter(now);
        return end is null || expiry < end ? expiry ?? end : end;
    }

    /// <summary>The open lots in spending order. The state must not change during the enumeration.</summary>
    public IEnumerable<Lot> OpenLots()
    {
        LotQueue.Enumerator lots = _lots.GetEnumerator();
        while (lots.MoveNext())
        {
            yield return lots.Current;
        }
    }

    /// <summary>Finds the line of a payer.</summary>
    /// <returns>Whether the payer has appeared since the last flush.</returns>
    public bool TryGetPayer(PayerName name, [NotNullWhen(true)] out PayerLine? line) => _payers.TryGet(name, out line);

    /// <summary>Whether an entry belongs to this account. An erased account with the same key was another account.</summary>
    public bool IsOf(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Account == Account && entry.AccountOpening == Opening;
    }

    /// <summary>Applies the next entry of this account.</summary>
    /// <exception cref="EntryMismatchException">The entry does not follow from this state: they are not from the same journal.</exception>
    public void Apply(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Sequence <= StandsAt)
        {
            throw new EntryMismatchException($"Account {Account} is at entry {StandsAt} and can't accept entry {entry.Sequence}.");
        }

        if (entry.Opening != Opening)
        {
            throw new EntryMismatchException($"Account {Account} was opened by entry {Opening}, and entry {entry.Sequence} says {entry.Opening}.");
        }

        TakePlace(entry);
        LatestDue = null;
        if (entry.IsFirst)
        {
            _holds?.BeginOperation(entry);
        }

        if (entry.Kind == EntryKind.Erasure)
        {
            End(entry);
            return;
        }

        _flushes = _flushes.After(entry);
        if (_holds is not null || HoldFold.Opens(entry))
        {
            ChangeHolds(entry);
        }

        if (entry.Payer is null)
        {
            TakeNamedHold(entry);
            return;
        }

        PayerLine line = TryGetPayer(entry.Payer, out PayerLine? known) ? known : AddLine(entry.Payer, entry.Sequence);
        ChangeBalance(line, entry.Points);
        ChangeOutstanding(line, entry.LotPoints - entry.Points);
        if (!entry.LotPoints.IsZero)
        {
            ChangeLot(line, entry);
        }

        if (entry.Kind == EntryKind.Flush && line.LotCount == 0 && line.Outstanding.IsZero)
        {
            _payers.Remove(line);
        }
    }

    /// <summary>Checks an entry of a flush or restore that names a pending spend.</summary>
    private void TakeNamedHold(Entry entry)
    {
        if (entry is { IsFirst: false, Kind: EntryKind.Flush or EntryKind.Restore } && _holds?.TryName(entry) != true)
        {
            throw new EntryMismatchException($"Entry {entry.Sequence} names spend {entry.Subject}, which is not the next one that was pending for account {Account}.");
        }
    }

    /// <summary>Asserts what must hold for a whole account after every operation; <c>SnapshotCheck</c> checks snapshots. A release build omits it.</summary>
    [Conditional("DEBUG")]
    public void AssertConsistent()
    {
        const int LotsLookedAtMax = 64;
        if (_lots.Count > LotsLookedAtMax)
        {
            return;
        }

        Debug.Assert(Payers.Sum(line => line.LotCount) == _lots.Count, "Each open lot is counted with its payer.");
        Debug.Assert(
            OpenLots().Count(lot => lot.ExpiresAt is not null) == (_expiries?.Count ?? 0), "Each open lot that expires is in the index once, and nothing else is.");
        Debug.Assert(
            Payers.Aggregate(Int128.Zero, (sum, line) => sum + line.Balance.Value) == Balance.Value, "The balance is the sum over the payers.");
        foreach (PayerLine line in Payers)
        {
            Debug.Assert(!line.Balance.IsNegative, "No payer's balance is below zero.");
            Debug.Assert(!line.Outstanding.IsNegative, "No payer has paid for more than was deducted.");
            Int128 lots = OpenLots().Where(lot => lot.Payer == line).Aggregate(Int128.Zero, (sum, lot) => sum + lot.Remaining.Value);
            Debug.Assert(lots - line.Outstanding.Value == line.Balance.Value, "The lots of a payer less what it has not paid for are its balance.");
        }

        Int128 held = Holds.All.SelectMany(hold => hold.Draws).Aggregate(Int128.Zero, (sum, draw) => sum + draw.Points.Value);
        Debug.Assert(held == Held.Value, "What pending spends have drawn is what is held.");
    }

    /// <summary>Moves the state to an entry. The first entry of an operation records the expected state, so a missing operation is detected.</summary>
    private void TakePlace(Entry entry)
    {
        if (entry.IsFirst)
        {
            if (entry.PreviousOperation != LastOperation)
            {
                throw new EntryMismatchException(
                    $"The last operation of account {Account} is {LastOperation}, and operation {entry.Sequence} follows operation {entry.PreviousOperation}.");
            }

            if (entry.BalanceBefore != Balance)
            {
                throw new EntryMismatchException(
                    $"Account {Account} has {Balance} points before operation {entry.Sequence}, which was decided with {entry.BalanceBefore}.");
            }

            LastOperation = entry.Sequence;
        }
        else if (entry.Operation != LastOperation)
        {
            throw new EntryMismatchException($"Entry {entry.Sequence} continues operation {entry.Operation}, and the last operation of account {Account} is {LastOperation}.");
        }

        Opening = Opening == Sequence.Zero ? entry.Sequence : Opening;
        StandsAt = entry.Sequence;
    }

    /// <summary>Ends the account. The next entry opens another account with the same key.</summary>
    private void End(Entry erasure)
    {
        if (_payers.Count > 0 || _lots.Count > 0)
        {
            throw new EntryMismatchException($"Entry {erasure.Sequence} erases account {Account}, which is not empty.");
        }

        (Opening, LastOperation, _flushes, _holds) = (Sequence.Zero, Sequence.Zero, default, null);
    }

    /// <summary>The open lots that have expired by an instant, earliest first.</summary>
    internal IEnumerable<LotExpiry> ExpiredLots(Instant now) => _expiries?.DueBy(now) ?? [];

    private void ChangeHolds(Entry entry)
    {
        _holds ??= new AccountHolds();
        HoldFold.Apply(entry, _holds);
        _holds = _holds.IsEmpty ? null : _holds;
    }

    private void ChangeLot(PayerLine line, Entry entry)
    {
        LotKey key = new(entry.OccurredAt!.Value, entry.Lot!.Value);
        if (entry.LotPoints.IsPositive && !TryFindLot(entry, key))
        {
            OpenLot(line, new Lot(key, line, entry.LotPoints, entry.ExpiresAt));
            return;
        }

        ref Lot lot = ref _lots.Find(key);
        Points remaining = lot.Remaining + entry.LotPoints;
        if (remaining.IsNegative)
        {
            throw new EntryMismatchException($"Entry {entry.Sequence} takes more out of lot {key.Sequence} than is left in it.");
        }

        if (remaining.IsPositive)
        {
            lot = lot with { Remaining = remaining };
            return;
        }

        if (lot.ExpiresAt is { } expiresAt)
        {
            _expiries!.Remove(new LotExpiry(expiresAt, key));
        }

        _lots.Remove(key);
        line.LotCount--;
    }

    /// <summary>Whether the lot that an entry adds points to is open. A credit always opens a new lot, so no search is needed.</summary>
    private bool TryFindLot(Entry entry, LotKey key) => entry.Kind != EntryKind.Credit && _lots.Contains(key);

    private void OpenLot(PayerLine line, in Lot lot)
    {
        line.LotCount++;
        _lots.Add(lot);
        if (lot.ExpiresAt is { } expiresAt)
        {
            (_expiries ??= new LotExpiries()).Add(new LotExpiry(expiresAt, lot.Key));
        }
    }

    private PayerLine AddLine(PayerName name, Sequence firstSequence)
    {
        PayerLine line = new(name, firstSequence);
        _payers.Add(line);
        return line;
    }

    private void ChangeBalance(PayerLine line, Points change)
    {
        line.Balance += change;
        Balance += change;
    }

    private void ChangeOutstanding(PayerLine line, Points change)
    {
        if (change.IsZero)
        {
            return;
        }

        bool owedBefore = !line.Outstanding.IsZero;
        line.Outstanding += change;
        _payers.Owing += (line.Outstanding.IsZero ? 0 : 1) - (owedBefore ? 1 : 0);
    }
}
