using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>Up to where flushes have archived an account. Immutable.</summary>
/// <param name="Through">The last entry of the latest flush that was not taken back, or of a flush that found the account empty since; zero if there is none.</param>
/// <param name="Before">What <paramref name="Through"/> was before that flush, and is again if it is taken back.</param>
public readonly record struct FlushMarks(Sequence Through, Sequence Before)
{
    /// <summary>The marks after one more entry of the account.</summary>
    public FlushMarks After(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Kind switch
        {
            // A flush that found the account empty leaves what the one before it took to be restored.
            EntryKind.Flush => new FlushMarks(entry.Sequence, entry.IsFirst && entry.Payer is not null ? Through : Before),
            EntryKind.Restore when entry.IsFirst => this with { Through = Before },
            _ => this,
        };
    }

    /// <summary>Whether an account whose last entry this is stands at its latest flush, which a restore can still take back.</summary>
    public bool IsFlushed(Sequence standsAt) => standsAt > Sequence.Zero && standsAt == Through;
}
