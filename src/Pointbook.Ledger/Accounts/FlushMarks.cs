using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The position up to which flushes have archived an account. Immutable.</summary>
/// <param name="Through">The last entry of the latest flush that was not restored, or of a later flush that found the account empty; zero if there is none.</param>
/// <param name="Before">The value of <paramref name="Through"/> before that flush. A restore sets it again.</param>
public readonly record struct FlushMarks(Sequence Through, Sequence Before)
{
    /// <summary>The marks after the next entry of the account.</summary>
    public FlushMarks After(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Kind switch
        {
            // After a flush that found the account empty, a restore of the flush before it is still possible.
            EntryKind.Flush => new FlushMarks(entry.Sequence, entry.IsFirst && entry.Payer is not null ? Through : Before),
            EntryKind.Restore when entry.IsFirst => this with { Through = Before },
            _ => this,
        };
    }

    /// <summary>Whether an account with this last entry is directly after its latest flush, so that a restore is still possible.</summary>
    public bool IsFlushed(Sequence standsAt) => standsAt > Sequence.Zero && standsAt == Through;
}
