using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>Tells entries that tests make by hand which entry opened their account. Not thread-safe.</summary>
public sealed class Openings
{
    private readonly Dictionary<AccountId, Sequence> _openings = [];

    public Openings()
    {
    }

    private Openings(Openings other) => _openings = new Dictionary<AccountId, Sequence>(other._openings);

    /// <summary>The same accounts, to go on from there in another way.</summary>
    public Openings Copy() => new(this);

    /// <summary>Gives entries of known accounts their opening, and takes note of accounts that are opened.</summary>
    public Entry[] Assign(IEnumerable<Entry> entries) => [.. entries.Select(Assign)];

    private Entry Assign(Entry entry)
    {
        if (entry.Opening != Sequence.Zero)
        {
            _openings.TryAdd(entry.Account, entry.Opening);
            return entry;
        }

        return _openings.TryAdd(entry.Account, entry.Sequence) || _openings[entry.Account] >= entry.Sequence
            ? entry
            : entry with { Opening = _openings[entry.Account] };
    }
}
