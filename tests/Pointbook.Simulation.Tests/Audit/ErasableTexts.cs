using System.Security.Cryptography;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>The texts of a block, one after the other: each is what the next digest of the block was computed from.</summary>
/// <param name="texts">The bytes of the texts.</param>
/// <param name="of">Whose they are, for messages.</param>
internal sealed class ErasableTexts(byte[] texts, string of)
{
    private const int SaltLength = 16;
    private const int DigestLength = 32;
    private readonly BodyReader _reader = new(texts, $"texts of the {of}");

    public bool IsAtEnd => _reader.IsAtEnd;

    /// <summary>Reads a digest, and the text that it belongs to.</summary>
    /// <param name="block">The block. It goes on with a digest.</param>
    /// <returns>The content of the text.</returns>
    public BodyReader Read(BodyReader block)
    {
        int length = block.ReadLength(texts.Length);
        byte[] digest = block.ReadBytes(DigestLength);
        byte[] salt = _reader.ReadBytes(SaltLength);
        byte[] content = _reader.ReadBytes(length);
        block.Require(SHA256.HashData([.. salt, .. content]).AsSpan().SequenceEqual(digest), "has a digest that is not the one of its text");
        return new BodyReader(content, $"text of the {of}");
    }
}
