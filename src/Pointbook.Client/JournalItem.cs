using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>A line of the journal: a commit or an entry. Exactly one of the two properties is not null. Immutable.</summary>
/// <param name="Commit">The commit whose entries follow, with its seal. Null if the line is an entry.</param>
/// <param name="Entry">The entry. Null if the line is a commit.</param>
public sealed record JournalItem(JournalCommit? Commit, JournalEntry? Entry);
