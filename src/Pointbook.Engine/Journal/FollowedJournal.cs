namespace Pointbook.Engine.Journal;

/// <summary>A journal of a running partition, for code that follows it. Immutable.</summary>
/// <param name="Journal">The journal.</param>
/// <param name="Commits">Tells of the commits that the partition writes or reads.</param>
public sealed record FollowedJournal(IJournal Journal, CommitSignal Commits);
