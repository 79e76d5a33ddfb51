using System.Buffers.Binary;
using System.Security.Cryptography;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Computes seals: SHA-256 over the previous seal, the header of a commit, and its body as it is stored. Used again and again. Not thread-safe.</summary>
/// <remarks><c>docs/architecture.md</c> writes the format down. A version is never changed once it was released; a new one is added.</remarks>
public sealed class CommitSeal
{
    /// <summary>The version that new commits are sealed in.</summary>
    public const int FormatNewest = 2;

    private const int IdLength = 16;

    [ThreadStatic]
    private static CommitSeal? _shared;

    private readonly ByteWriter _sealed = new();

    /// <summary>Whether a stored commit is what its seal was computed of. That it follows the commit before is not checked.</summary>
    public static bool Matches(CommitHeader header, CommitBytes bytes)
    {
        ArgumentNullException.ThrowIfNull(header);
        return header.Format == FormatNewest && (_shared ??= new CommitSeal()).Compute(header, bytes.Body.Span) == header.Seal;
    }

    /// <summary>Computes what the seal of a commit must be.</summary>
    /// <exception cref="NotSupportedException">The commit is in a format that this version does not know.</exception>
    public Digest Compute(Commit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        return Compute(commit.ToHeader(), commit.Bytes.Body.Span);
    }

    /// <summary>Computes what the seal of a commit must be.</summary>
    /// <param name="header">The header; what it says of the seal does not count.</param>
    /// <param name="body">The body.</param>
    /// <exception cref="NotSupportedException">The commit is in a format that this version does not know.</exception>
    public Digest Compute(CommitHeader header, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (header.Format != FormatNewest)
        {
            throw new NotSupportedException($"Commit {header.Id} is in format {header.Format}; this version knows format {FormatNewest}.");
        }

        // One call for all bytes of a commit: a call costs far more than the bytes do.
        _sealed.Clear();
        header.PreviousSeal.CopyTo(_sealed.Take(Digest.Length));
        BinaryPrimitives.WriteInt32BigEndian(_sealed.Take(sizeof(int)), header.Format);
        BinaryPrimitives.WriteInt32BigEndian(_sealed.Take(sizeof(int)), header.Partition);
        header.Id.TryWriteBytes(_sealed.Take(IdLength), bigEndian: true, out _);
        WriteInt64(header.First.Value);
        WriteInt64(header.EntryCount);
        WriteInt64(header.Time.DecidedAt.UnixMicroseconds);
        WriteInt64(header.Time.RecordedAt.UnixMicroseconds);
        _sealed.WriteBytes(body);
        Span<byte> seal = stackalloc byte[Digest.Length];
        SHA256.HashData(_sealed.Written, seal);
        return new Digest(seal);
    }

    private void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(_sealed.Take(sizeof(long)), value);
}
