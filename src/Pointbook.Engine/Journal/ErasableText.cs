using System.Security.Cryptography;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The form of texts that can be erased: a salt and then the content. The sealed body has a digest of both.</summary>
/// <remarks>Without the salt, somebody could find out an erased text by trying likely ones.</remarks>
internal static class ErasableText
{
    /// <summary>How many bytes a salt has.</summary>
    public const int SaltLength = 16;

    /// <summary>Computes the digest of a text.</summary>
    /// <param name="text">Salt and content.</param>
    /// <param name="digest">Gets <see cref="Digest.Length"/> bytes.</param>
    public static void WriteDigest(ReadOnlySpan<byte> text, Span<byte> digest) => SHA256.HashData(text, digest);

    /// <summary>Whether a text is the one that a digest was computed of.</summary>
    /// <param name="text">Salt and content.</param>
    /// <param name="digest">The digest.</param>
    public static bool Matches(ReadOnlySpan<byte> text, ReadOnlySpan<byte> digest)
    {
        Span<byte> computed = stackalloc byte[Digest.Length];
        WriteDigest(text, computed);
        return computed.SequenceEqual(digest);
    }
}
