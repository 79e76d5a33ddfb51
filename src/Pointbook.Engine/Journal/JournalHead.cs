using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The end of a journal. Immutable.</summary>
/// <param name="Last">Its last entry.</param>
/// <param name="Seal">The seal of its last commit.</param>
/// <param name="Time">The times of that commit.</param>
public sealed record JournalHead(Sequence Last, Digest Seal, CommitTime Time)
{
    /// <summary>The head of a journal without commits.</summary>
    public static JournalHead Empty { get; } = new(Sequence.Zero, default, new CommitTime(Instant.MinValue, Instant.MinValue));

    /// <summary>The clock at the decision of the last commit.</summary>
    public Instant DecidedAt => Time.DecidedAt;

    /// <summary>When the last commit was recorded.</summary>
    public Instant RecordedAt => Time.RecordedAt;
}
