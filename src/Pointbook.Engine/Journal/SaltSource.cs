namespace Pointbook.Engine.Journal;

/// <summary>Fills bytes with unpredictable random ones, for the salts of erasable texts.</summary>
/// <param name="salt">The bytes to fill.</param>
public delegate void SaltSource(Span<byte> salt);
