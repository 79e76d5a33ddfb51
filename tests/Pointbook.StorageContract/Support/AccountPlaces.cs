using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>
/// Tells entries that tests make by hand their place in their account: which entry opened it, which operation came before, and what the balance was. What
/// an entry says itself stays. Not thread-safe.
/// </summary>
public sealed class AccountPlaces
{
    private readonly Dictionary<AccountId, Place> _places = [];

    public AccountPlaces()
    {
    }

    private AccountPlaces(AccountPlaces other) => _places = new Dictionary<AccountId, Place>(other._places);

    /// <summary>The same accounts, to go on from there in another way.</summary>
    public AccountPlaces Copy() => new(this);

    /// <summary>Gives entries their places, and takes note of them. Entries that were given theirs before stay as they are.</summary>
    public Entry[] Assign(IEnumerable<Entry> entries) => [.. entries.Select(Assign)];

    private Entry Assign(Entry entry)
    {
        Place place = _places.TryGetValue(entry.Account, out Place known) ? known : new Place(entry.Opening, Sequence.Zero, Sequence.Zero, 0);
        if (place.StandsAt >= entry.Sequence)
        {
            return entry;
        }

        Entry assigned = entry with
        {
            Opening = entry.Opening != Sequence.Zero ? entry.Opening : place.Opening,
            PreviousOperation = entry.IsFirst && entry.PreviousOperation == Sequence.Zero ? place.LastOperation : entry.PreviousOperation,
            // A journal may have any amounts here, and nothing writes a balance below zero.
            BalanceBefore = entry.IsFirst && entry.BalanceBefore.IsZero ? new Points((long)Int128.Clamp(place.Balance, 0, long.MaxValue)) : entry.BalanceBefore,
        };
        _places[entry.Account] = new Place(
            place.Opening == Sequence.Zero ? entry.Sequence : place.Opening,
            entry.IsFirst ? entry.Sequence : place.LastOperation,
            entry.Sequence,
            place.Balance + entry.Points.Value);
        return assigned;
    }

    /// <summary>Where an account stands.</summary>
    private readonly record struct Place(Sequence Opening, Sequence LastOperation, Sequence StandsAt, Int128 Balance);
}
