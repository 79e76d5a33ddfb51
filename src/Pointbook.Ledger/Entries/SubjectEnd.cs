using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Entries;

/// <summary>What became of a spend: the latest capture or reversal of it. Immutable.</summary>
/// <param name="Kind">Capture or reversal.</param>
/// <param name="Operation">The first entry of that operation.</param>
public readonly record struct SubjectEnd(EntryKind Kind, Sequence Operation)
{
    /// <summary>What an entry says of its subject.</summary>
    /// <returns>Null if the entry is about no spend.</returns>
    public static SubjectEnd? Of(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry is { Subject: not null, Kind: EntryKind.Capture or EntryKind.Reversal } ? new SubjectEnd(entry.Kind, entry.Sequence) : null;
    }
}
