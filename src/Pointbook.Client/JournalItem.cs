using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>One line of the journal: a commit or one of its entries. Exactly one of the two is not null. Immutable.</summary>
/// <param name="Commit">The commit whose entries follow, with its seal.</param>
/// <param name="Entry">The entry.</param>
public sealed record JournalItem(JournalCommit? Commit, JournalEntry? Entry);
