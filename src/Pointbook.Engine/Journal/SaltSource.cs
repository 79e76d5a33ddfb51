namespace Pointbook.Engine.Journal;

/// <summary>Fills bytes with random ones that nobody can predict. Salts of erasable texts are made of them.</summary>
/// <param name="salt">The bytes to fill.</param>
public delegate void SaltSource(Span<byte> salt);
