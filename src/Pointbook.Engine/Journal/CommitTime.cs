using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The two times of a commit. Immutable.</summary>
/// <param name="DecidedAt">The clock at the decision. It decides which events are due, what has expired and when holds end.</param>
/// <param name="RecordedAt">The time that orders commits: the later of <paramref name="DecidedAt"/> and one microsecond after the previous commit.</param>
public readonly record struct CommitTime(Instant DecidedAt, Instant RecordedAt);
