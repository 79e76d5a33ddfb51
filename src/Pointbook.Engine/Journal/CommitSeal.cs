using System.Buffers.Binary;
using System.Security.Cryptography;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Computes seals: SHA-256 over the previous seal, the commit's header, and the index of its body, which has a digest per block. Reusable. Not thread-safe.</summary>
/// <remarks><c>docs/architecture.md</c> specifies the format. A released version never changes; a new version is added instead.</remarks>
public sealed class CommitSeal
{
    /// <summary>The version of new commits.</summary>
    public const int FormatNewest = 2;

    private const int IdLength = 16;

    [ThreadStatic]
    private static CommitSeal? _shared;

    private readonly ByteWriter _sealed = new();

    /// <summary>Whether a stored commit matches its seal. Does not check that it follows the previous commit.</summary>
    public static bool Matches(CommitHeader header, CommitBytes bytes)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (header.Format != FormatNewest)
        {
            return false;
        }

        try
        {
            return Matches(header, CommitBody.ToBlocks(header, bytes));
        }
        catch (InvalidRowException)
        {
            // No writer produces such an index, so no seal was computed from it.
            return false;
        }
    }

    /// <summary>Whether some blocks of a stored commit and its header match its seal.</summary>
    public static bool Matches(CommitHeader header, StoredBlocks blocks)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(blocks);
        return header.Format == FormatNewest && (_shared ??= new CommitSeal()).Compute(header, blocks.Index.Bytes) == header.Seal && blocks.MatchIndex();
    }

    /// <summary>Computes the correct seal of a commit.</summary>
    /// <param name="header">The header; the method ignores its seal.</param>
    /// <param name="index">The index of the body.</param>
    /// <exception cref="NotSupportedException">This version does not support the format of the commit.</exception>
    public Digest Compute(CommitHeader header, ReadOnlySpan<byte> index)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (header.Format != FormatNewest)
        {
            throw new NotSupportedException($"Commit {header.Id} has format {header.Format}. This version supports format {FormatNewest}.");
        }

        // One call for all bytes of a commit, because a call costs far more than the bytes do.
        _sealed.Clear();
        header.PreviousSeal.CopyTo(_sealed.Take(Digest.Length));
        BinaryPrimitives.WriteInt32BigEndian(_sealed.Take(sizeof(int)), header.Format);
        BinaryPrimitives.WriteInt32BigEndian(_sealed.Take(sizeof(int)), header.Partition);
        header.Id.TryWriteBytes(_sealed.Take(IdLength), bigEndian: true, out _);
        WriteInt64(header.First.Value);
        WriteInt64(header.EntryCount);
        WriteInt64(header.Time.DecidedAt.UnixMicroseconds);
        WriteInt64(header.Time.RecordedAt.UnixMicroseconds);
        _sealed.WriteBytes(index);
        Span<byte> seal = stackalloc byte[Digest.Length];
        SHA256.HashData(_sealed.Written, seal);
        return new Digest(seal);
    }

    private void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(_sealed.Take(sizeof(long)), value);
}
