using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The state of one account: the fold of its entries. Not thread-safe; one writer owns it.</summary>
/// <remarks><see cref="Apply"/> is the only thing that changes it, live and at replay alike.</remarks>
public sealed class AccountState
{
    // The lines of payers take 40 of them, the marks of flushes 16, and eight other fields 8 each.
    private const long FieldBytes = 120;

    private readonly LotQueue _lots = new();
    private PayerLines _payers;
    private AccountHolds? _holds;
    private LotExpiries? _expiries;
    private FlushMarks _flushes;

    /// <summary>An account nothing was ever written on.</summary>
    public AccountState(AccountId account) => Account = account;

    /// <summary>Whose it is.</summary>
    public AccountId Account { get; }

    /// <summary>The first entry of the account; zero if there is none.</summary>
    public Sequence Opening { get; private set; }

    /// <summary>The last entry it contains.</summary>
    public Sequence StandsAt { get; private set; }

    /// <summary>The account's balance: the sum over its payers. Never negative.</summary>
    public Points Balance { get; private set; }

    /// <summary>The payers' lines in order of first appearance since the last flush. Good until a line comes or goes.</summary>
    public IReadOnlyCollection<PayerLine> Payers => _payers.ToCollection();

    /// <summary>How many points pending spends hold. They are not part of the balance, and may come back to it.</summary>
    public Points Held => Holds.Points;

    /// <summary>The last entry of the latest flush that was not taken back, or of a flush that found the account empty since; zero if there is none.</summary>
    public Sequence FlushedThrough => _flushes.Through;

    /// <summary>What <see cref="FlushedThrough"/> was before that flush, and is again if it is taken back.</summary>
    public Sequence FlushedThroughBefore => _flushes.Before;

    /// <summary>How many lots are open.</summary>
    public int LotCount => _lots.Count;

    /// <summary>About how many entries there are if everything that can become due is: an expiry of each lot, and a return of each held draw.</summary>
    public int DueEntriesMax => _lots.Count + Holds.DrawCount;

    /// <summary>Whether any payer has outstanding deductions.</summary>
    public bool HasOutstanding => _payers.Owing > 0;

    /// <summary>How much memory it takes, in bytes, its key included. A look at many due events changes it too, because they are kept. The name of a payer counts for the first account that brought it.</summary>
    public long SizeInBytes => HeapSize.Header + FieldBytes + HeapSize.Of(Account) + _payers.SizeInBytes + _lots.SizeInBytes
        + (_holds?.SizeInBytes ?? 0) + (_expiries?.SizeInBytes ?? 0) + (LatestDue?.SizeInBytes ?? 0);

    internal LotQueue Lots => _lots;

    /// <summary>The pending spends.</summary>
    internal HoldBook Holds => _holds?.Pending ?? HoldBook.None;

    /// <summary>The state that a store kept.</summary>
    public static AccountState FromSnapshot(AccountSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        AccountState state = new(snapshot.Account)
        {
            Opening = snapshot.Opening,
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

    /// <summary>The same state once more, to try something out on.</summary>
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
        FlushedThrough = FlushedThrough,
        FlushedThroughBefore = FlushedThroughBefore,
    };

    /// <summary>Whether a spend is pending, and until when.</summary>
    /// <returns>The pending spend, or null.</returns>
    public Hold? FindHold(Sequence spend) => Holds.TryFind(spend, out Hold? hold) ? hold : null;

    /// <summary>Whether a hold is over or a lot has expired and the state does not say so yet.</summary>
    public bool HasDue(Instant now) => Holds.FirstEnd <= now || _expiries?.First <= now;

    /// <summary>The due events that somebody found last, if they were many; null once the state has changed.</summary>
    internal DueEvents? LatestDue { get; set; }

    /// <summary>When the first hold ends or the first lot expires after an instant; null if nothing does.</summary>
    internal Instant? NextDueAfter(Instant now)
    {
        Instant? end = Holds.FirstEndAfter(now);
        Instant? expiry = _expiries?.FirstAfter(now);
        return end is null || expiry < end ? expiry ?? end : end;
    }

    /// <summary>The open lots in the order in which they are spent. The state must not change meanwhile.</summary>
    public IEnumerable<Lot> OpenLots()
    {
        LotQueue.Enumerator lots = _lots.GetEnumerator();
        while (lots.MoveNext())
        {
            yield return lots.Current;
        }
    }

    /// <summary>The line of a payer.</summary>
    /// <returns>Whether the payer was seen since the last flush.</returns>
    public bool TryGetPayer(PayerName name, [NotNullWhen(true)] out PayerLine? line) => _payers.TryGet(name, out line);

    /// <summary>Takes the next entry of this account into the state.</summary>
    /// <exception cref="EntryMismatchException">The entry does not follow from this state: they are not of one journal.</exception>
    public void Apply(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Sequence <= StandsAt)
        {
            throw new EntryMismatchException($"Account {Account} stands at entry {StandsAt} and cannot take entry {entry.Sequence}.");
        }

        if (entry.Opening != Opening)
        {
            throw new EntryMismatchException($"Account {Account} was opened by entry {Opening}, and entry {entry.Sequence} says {entry.Opening}.");
        }

        Opening = Opening == Sequence.Zero ? entry.Sequence : Opening;
        StandsAt = entry.Sequence;
        LatestDue = null;
        _flushes = _flushes.After(entry);
        if (_holds is not null || HoldFold.Opens(entry))
        {
            ChangeHolds(entry);
        }

        if (entry.Payer is null)
        {
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

    /// <summary>States what holds of a whole account after every operation; <c>SnapshotCheck</c> is the other side. It costs nothing in a release build.</summary>
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

    /// <summary>The open lots that have expired by an instant, the earliest first.</summary>
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

    /// <summary>Whether an entry that puts points into a lot finds it open. A credit always opens one, so it need not look.</summary>
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
