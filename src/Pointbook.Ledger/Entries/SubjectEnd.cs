using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Entries;

/// <summary>What became of a spend or a flush: the latest capture or reversal of the spend, or the restore of the flush. Immutable.</summary>
/// <param name="Kind">Capture, reversal or restore.</param>
/// <param name="Operation">The first entry of that operation.</param>
public readonly record struct SubjectEnd(EntryKind Kind, Sequence Operation)
{
    /// <summary>What an entry says of its subject.</summary>
    /// <returns>Null if the entry is about no other operation.</returns>
    public static SubjectEnd? Of(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry is { Subject: not null, Kind: EntryKind.Capture or EntryKind.Reversal or EntryKind.Restore } ? new SubjectEnd(entry.Kind, entry.Sequence) : null;
    }
}
