namespace Pointbook.Engine.Journal;

/// <summary>What a store keeps of a commit besides its header. Immutable.</summary>
/// <param name="Body">The entries as they are sealed, see <see cref="CommitBody"/>.</param>
/// <param name="Texts">The erasable texts, of which the body has digests. Empty if the entries have none.</param>
public readonly record struct CommitBytes(ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Texts);
