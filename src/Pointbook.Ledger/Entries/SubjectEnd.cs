using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Entries;

/// <summary>The end of a spend or a flush: the latest capture or reversal of the spend, or the restore of the flush. Immutable.</summary>
/// <param name="Kind">Capture, reversal or restore.</param>
/// <param name="Operation">The first entry of that operation.</param>
public readonly record struct SubjectEnd(EntryKind Kind, Sequence Operation)
{
    /// <summary>The end that an entry records for its subject.</summary>
    /// <returns>Null if the entry does not end another operation.</returns>
    public static SubjectEnd? Of(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry is { Subject: not null, IsFirst: true, Kind: EntryKind.Capture or EntryKind.Reversal or EntryKind.Restore } ? new SubjectEnd(entry.Kind, entry.Sequence) : null;
    }
}
