using System.Security.Cryptography;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The form of erasable texts: a salt, then the content. The sealed body contains a digest of both.</summary>
/// <remarks>Without the salt, an attacker could recover an erased text by trying likely ones.</remarks>
internal static class ErasableText
{
    /// <summary>How many bytes a salt has.</summary>
    public const int SaltLength = 16;

    /// <summary>Computes the digest of a text.</summary>
    /// <param name="text">Salt and content.</param>
    /// <param name="digest">Receives <see cref="Digest.Length"/> bytes.</param>
    public static void WriteDigest(ReadOnlySpan<byte> text, Span<byte> digest) => SHA256.HashData(text, digest);

    /// <summary>Whether a text was erased: salt and content are zeros. No drawn salt is all zeros.</summary>
    /// <param name="text">Salt and content.</param>
    public static bool IsErased(ReadOnlySpan<byte> text) => !text.ContainsAnyExcept((byte)0);

    /// <summary>Whether a text matches a digest.</summary>
    /// <param name="text">Salt and content.</param>
    /// <param name="digest">The digest.</param>
    public static bool Matches(ReadOnlySpan<byte> text, ReadOnlySpan<byte> digest)
    {
        Span<byte> computed = stackalloc byte[Digest.Length];
        WriteDigest(text, computed);
        return computed.SequenceEqual(digest);
    }
}
