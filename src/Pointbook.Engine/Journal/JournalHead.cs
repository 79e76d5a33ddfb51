using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Where a journal ends. Immutable.</summary>
/// <param name="Last">Its last entry.</param>
/// <param name="Seal">The seal of its last commit.</param>
/// <param name="RecordedAt">When that was committed.</param>
public sealed record JournalHead(Sequence Last, Digest Seal, Instant RecordedAt)
{
    /// <summary>The head of a journal without commits.</summary>
    public static JournalHead Empty { get; } = new(Sequence.Zero, default, Instant.MinValue);
}
