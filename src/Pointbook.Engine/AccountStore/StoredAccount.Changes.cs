using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <content>Changes of a snapshot: by the entries of a round, and by the deletion of old idempotency keys.</content>
public sealed partial class StoredAccount
{
    /// <summary>The unread chunks that a change needs.</summary>
    public IReadOnlyList<long> ChunksFor(AccountChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (ChunkCount == 0)
        {
            return [];
        }

        HashSet<long> needed = [];
        _payers.Need(change.Payers.Select(payer => payer.Payer).Order(), needed);
        _payers.NeedToRestructure(change.Payers.Count, needed);
        _lots.Need(change.Lots.Select(lot => lot.Key), needed);
        _lots.NeedToRestructure(change.Lots.Count, needed);
        if (!change.Holds.DropsRows)
        {
            Sequence[] holds = [.. change.Holds.Closed.Concat(change.Holds.Opened.Select(hold => hold.Spend)).Order()];
            _holds.Need(holds, needed);
            _holds.NeedToRestructure(holds.Length, needed);
        }

        _keys.Need(change.Keys.Select(key => KeyFormat.DigestOf(key.Key)).Order(), needed);
        _keys.NeedToRestructure(change.Keys.Count, needed);
        _ends.Need(change.Ends.Keys.Order(), needed);
        _ends.NeedToRestructure(change.Ends.Count, needed);
        return [.. needed];
    }

    /// <summary>Applies a change. The caller must discard the snapshot afterwards.</summary>
    /// <returns>The changes to store. With buffers, they are valid until the next account is read.</returns>
    /// <exception cref="InvalidRowException">The change does not follow from the snapshot.</exception>
    public AccountUpdate Apply(AccountChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        AccountUpdate update = BeginUpdate(isNew: Row.StandsAt == Sequence.Zero);
        ApplyHolds(change.Holds, update);
        _payers.Merge(PayersOf(change), CombinePayer);
        _lots.Merge(LotsOf(change), _combineLot);
        _keys.Merge(KeysOf(change), Replace);
        _ends.Merge(EndsOf(change), Replace);
        WriteTo(update, change.Row);
        return update;
    }

    /// <summary>The unread chunks needed to remove old keys. Each contains at least one of these keys.</summary>
    public IReadOnlyList<long> ChunksForOldKeys(Instant decidedBefore, int countMax)
    {
        List<long> needed = [];
        _keys.NeedDueBy(decidedBefore.UnixMicroseconds - 1, needed);
        return [.. needed.Take(countMax)];
    }

    /// <summary>Removes keys that were used before an instant. The caller must discard the snapshot afterwards.</summary>
    /// <param name="decidedBefore">The instant.</param>
    /// <param name="countMax">The maximum number of keys.</param>
    /// <param name="forgotten">The number of removed keys.</param>
    /// <returns>The changes to store.</returns>
    public AccountUpdate ForgetKeys(Instant decidedBefore, int countMax, out int forgotten)
    {
        AccountUpdate update = BeginUpdate(isNew: false);
        forgotten = _keys.RemoveDueBy(decidedBefore.UnixMicroseconds - 1, countMax);
        WriteTo(update, Row);
        return update;
    }

    private AccountUpdate BeginUpdate(bool isNew)
    {
        if (_buffers is null)
        {
            return new AccountUpdate(Account, isNew, _nextChunk);
        }

        _buffers.Update.Begin(Account, isNew, _nextChunk);
        return _buffers.Update;
    }

    private List<KeyValuePair<PayerName, PayerChange>> PayersOf(AccountChange change)
    {
        List<KeyValuePair<PayerName, PayerChange>> payers = _buffers?.Payers ?? [];
        payers.Clear();
        payers.AddRange(change.PayersByName);

        payers.Sort(static (left, right) => left.Key.CompareTo(right.Key));
        return payers;
    }

    private List<KeyValuePair<LotKey, LotChange>> LotsOf(AccountChange change)
    {
        List<KeyValuePair<LotKey, LotChange>> lots = _buffers?.Lots ?? [];
        lots.Clear();
        foreach (LotChange lot in change.LotsInOrder)
        {
            if (!lot.Points.IsZero)
            {
                lots.Add(KeyValuePair.Create(lot.Key, lot));
            }
        }

        return lots;
    }

    private static KeyValuePair<Sequence, StoredEnd>[] EndsOf(AccountChange change) => change.Ends.Count == 0
        ? []
        : [.. change.Ends.OrderBy(end => end.Key).Select(end => KeyValuePair.Create(end.Key, new StoredEnd(end.Key, end.Value)))];

    private static KeyValuePair<UInt128, StoredKey>[] KeysOf(AccountChange change)
    {
        if (change.Keys.Count == 0)
        {
            return [];
        }

        // If a key occurs twice, the later use counts.
        SortedDictionary<UInt128, StoredKey> keys = [];
        foreach (KeyChange key in change.Keys)
        {
            UInt128 digest = KeyFormat.DigestOf(key.Key);
            keys[digest] = new StoredKey(digest, key.Record);
        }

        return [.. keys];
    }

    private void ApplyHolds(HoldChanges holds, AccountUpdate update)
    {
        if (holds.DropsRows)
        {
            _holds.Clear(update);
            _held = Points.Zero;
        }

        if (!holds.HasRows)
        {
            return;
        }

        SortedDictionary<Sequence, HoldSnapshot?> changes = [];
        foreach (Sequence closed in holds.Closed)
        {
            if (_holds.TryFind(closed, out HoldSnapshot hold))
            {
                changes[closed] = null;
                _held = Sum(_held, -PointsOf(hold));
            }
        }

        foreach (HoldSnapshot opened in holds.Opened)
        {
            changes[opened.Spend] = opened;
            _held = Sum(_held, PointsOf(opened));
        }

        _holds.Merge([.. changes], CombineHold);
    }

    private static Points PointsOf(HoldSnapshot hold) => hold.Draws.Aggregate(Points.Zero, (sum, draw) => Sum(sum, draw.Points));

    private static bool CombineHold(HoldSnapshot item, bool exists, HoldSnapshot? change, out HoldSnapshot combined)
    {
        combined = change!;
        return change is null || !exists ? change is not null : throw new InvalidRowException($"spend {change.Spend} is pending already");
    }

    private static bool CombinePayer(PayerSnapshot item, bool exists, PayerChange change, out PayerSnapshot combined)
    {
        combined = item;
        if (change.FirstSequence is not { } first)
        {
            return false;
        }

        combined = exists && !change.ReplacesRow
            ? item with { Balance = Sum(item.Balance, change.Points), Outstanding = Sum(item.Outstanding, change.Outstanding) }
            : new PayerSnapshot(change.Payer, Sum(Points.Zero, change.Points), Sum(Points.Zero, change.Outstanding), first);
        return true;
    }

    private bool CombineLot(LotSnapshot item, bool exists, LotChange change, out LotSnapshot combined)
    {
        if (exists && (change.Key.Sequence > Row.StandsAt || item.Payer != change.Payer || item.ExpiresAt != change.ExpiresAt))
        {
            throw new InvalidRowException($"lot {change.Key.Sequence} is another lot");
        }

        combined = new LotSnapshot(change.Key, change.Payer, Sum(item.Remaining, change.Points), change.ExpiresAt);
        return combined.Remaining.IsPositive;
    }

    /// <summary>Keeps the latest use of a key, and the latest end of a spend or flush.</summary>
    private static bool Replace<TItem>(TItem item, bool exists, TItem change, out TItem combined)
    {
        combined = change;
        return true;
    }

    /// <summary>Adds a change to a non-negative number.</summary>
    /// <exception cref="InvalidRowException">The sum is negative or overflows.</exception>
    private static Points Sum(Points stored, Points change) => Points.TryAdd(stored, change, out Points sum) && !sum.IsNegative
        ? sum
        : throw new InvalidRowException($"{stored} points can't change by {change}");
}
