using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Where a journal ends. Immutable.</summary>
/// <param name="Last">Its last entry.</param>
/// <param name="Seal">The seal of its last commit.</param>
/// <param name="Time">The times of that commit.</param>
public sealed record JournalHead(Sequence Last, Digest Seal, CommitTime Time)
{
    /// <summary>The head of a journal without commits.</summary>
    public static JournalHead Empty { get; } = new(Sequence.Zero, default, new CommitTime(Instant.MinValue, Instant.MinValue));

    /// <summary>The clock when the last commit was decided.</summary>
    public Instant DecidedAt => Time.DecidedAt;

    /// <summary>When the last commit was recorded.</summary>
    public Instant RecordedAt => Time.RecordedAt;
}
