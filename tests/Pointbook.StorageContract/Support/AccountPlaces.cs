using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>
/// Gives entries that tests construct their place in the account: the entry that opened it, the previous operation, and the
/// balance before. Fields that an entry already sets stay. Not thread-safe.
/// </summary>
public sealed class AccountPlaces
{
    private readonly Dictionary<AccountId, Place> _places = [];

    public AccountPlaces()
    {
    }

    private AccountPlaces(AccountPlaces other) => _places = new Dictionary<AccountId, Place>(other._places);

    /// <summary>A copy of the accounts, from which a test can continue differently.</summary>
    public AccountPlaces Copy() => new(this);

    /// <summary>Assigns places to entries and remembers them. Entries that already got their place stay as they are.</summary>
    public Entry[] Assign(IEnumerable<Entry> entries) => [.. entries.Select(Assign)];

    private Entry Assign(Entry entry)
    {
        Place unknown = new(entry.Opening, Sequence.Zero, Sequence.Zero, 0, IsErased: false);
        Place place = _places.TryGetValue(entry.Account, out Place known) ? known : unknown;
        if (place.StandsAt >= entry.Sequence)
        {
            return entry;
        }

        if (place.IsErased && entry.IsFirst)
        {
            // The operation opens another account with the same key.
            place = unknown;
        }

        Entry assigned = entry with
        {
            Opening = entry.Opening != Sequence.Zero ? entry.Opening : place.Opening,
            PreviousOperation = entry.IsFirst && entry.PreviousOperation == Sequence.Zero ? place.LastOperation : entry.PreviousOperation,
            // A test journal may contain any amounts, but no entry records a balance below zero.
            BalanceBefore = entry.IsFirst && entry.BalanceBefore.IsZero ? new Points((long)Int128.Clamp(place.Balance, 0, long.MaxValue)) : entry.BalanceBefore,
        };
        _places[entry.Account] = new Place(
            place.Opening == Sequence.Zero ? entry.Sequence : place.Opening,
            entry.IsFirst ? entry.Sequence : place.LastOperation,
            entry.Sequence,
            place.Balance + entry.Points.Value,
            IsErased: entry.Kind == EntryKind.Erasure);
        return assigned;
    }

    /// <summary>What is known of an account after its latest entry.</summary>
    private readonly record struct Place(Sequence Opening, Sequence LastOperation, Sequence StandsAt, Int128 Balance, bool IsErased);
}
