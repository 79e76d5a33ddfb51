using System.Security.Cryptography;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>The texts of a block, in order. The next digest of the block belongs to the next text.</summary>
/// <param name="texts">The bytes of the texts.</param>
/// <param name="of">What the texts belong to, for messages.</param>
internal sealed class ErasableTexts(byte[] texts, string of)
{
    private const int SaltLength = 16;
    private const int DigestLength = 32;
    private readonly BodyReader _reader = new(texts, $"texts of the {of}");

    public bool IsAtEnd => _reader.IsAtEnd;

    /// <summary>Reads a digest and its text.</summary>
    /// <param name="block">The block. The digest comes next in it.</param>
    /// <returns>The content of the text; null if the text is erased.</returns>
    public BodyReader? Read(BodyReader block)
    {
        int length = block.ReadLength(texts.Length);
        byte[] digest = block.ReadBytes(DigestLength);
        byte[] salt = _reader.ReadBytes(SaltLength);
        byte[] content = _reader.ReadBytes(length);
        if (Array.TrueForAll(salt, IsZero) && Array.TrueForAll(content, IsZero))
        {
            // A valid salt is never zero.
            return null;
        }

        block.Require(SHA256.HashData([.. salt, .. content]).AsSpan().SequenceEqual(digest), "has a digest that does not match its text");
        return new BodyReader(content, $"text of the {of}");
    }

    private static bool IsZero(byte value) => value == 0;
}
