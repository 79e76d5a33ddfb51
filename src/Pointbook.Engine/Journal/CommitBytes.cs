namespace Pointbook.Engine.Journal;

/// <summary>The stored bytes of a commit besides its header. Immutable.</summary>
/// <param name="Body">The entries, see <see cref="CommitBody"/>.</param>
/// <param name="Texts">The erasable texts; the body contains their digests. Empty if the entries have none.</param>
public readonly record struct CommitBytes(ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Texts);
