using System.Security.Cryptography;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Computes seals: SHA-256 over the previous seal and the canonical bytes of every field of a commit. Not thread-safe.</summary>
/// <remarks><c>docs/architecture.md</c> writes the format down. A version is never changed once it was released; a new one is added.</remarks>
public sealed class CommitSealer
{
    /// <summary>The version that new commits are sealed in.</summary>
    public const int FormatNewest = 2;

    private readonly CanonicalWriter _writer = new();

    /// <summary>Seals entries as the commit that follows a head.</summary>
    /// <param name="head">What the commit follows.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="id">A new random id.</param>
    /// <param name="time">The clock at the decision, and when the commit is recorded: later than the head.</param>
    /// <param name="entries">At least one entry, the first one next to the head.</param>
    public Commit Seal(JournalHead head, int partition, Guid id, CommitTime time, IReadOnlyList<Entry> entries)
    {
        ArgumentNullException.ThrowIfNull(head);
        Commit commit = new()
        {
            Id = id,
            Partition = partition,
            Format = FormatNewest,
            DecidedAt = time.DecidedAt,
            RecordedAt = time.RecordedAt,
            PreviousSeal = head.Seal,
            Seal = default,
            Entries = entries,
        };
        return commit with { Seal = Compute(commit) };
    }

    /// <summary>Computes what the seal of a commit has to be.</summary>
    /// <exception cref="NotSupportedException">The commit is in a format that this version does not know.</exception>
    public Digest Compute(Commit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        if (commit.Format != FormatNewest)
        {
            throw new NotSupportedException($"Commit {commit.Id} is in format {commit.Format}; this version knows format {FormatNewest}.");
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        _writer.Reset();
        WriteHeader(commit);
        foreach (Entry entry in commit.Entries)
        {
            WriteEntry(_writer, entry);
            if (_writer.Written.Length > BufferLengthMax)
            {
                hash.AppendData(_writer.Written);
                _writer.Reset();
            }
        }

        hash.AppendData(_writer.Written);
        Span<byte> seal = stackalloc byte[Digest.Length];
        hash.GetHashAndReset(seal);
        return new Digest(seal);
    }

    private const int BufferLengthMax = 64 * 1024;

    private void WriteHeader(Commit commit)
    {
        Span<byte> bytes = stackalloc byte[Digest.Length];
        commit.PreviousSeal.CopyTo(bytes);
        _writer.WriteBytes(bytes);
        _writer.WriteInt64(commit.Format);
        _writer.WriteInt64(commit.Partition);
        commit.Id.TryWriteBytes(bytes, bigEndian: true, out int idLength);
        _writer.WriteBytes(bytes[..idLength]);
        _writer.WriteInt64(commit.DecidedAt.UnixMicroseconds);
        _writer.WriteInt64(commit.RecordedAt.UnixMicroseconds);
        _writer.WriteInt64(commit.Entries.Count);
    }

    /// <summary>Writes the canonical bytes of an entry, which checksums of operations are computed of as well.</summary>
    internal static void WriteEntry(CanonicalWriter writer, Entry entry)
    {
        writer.WriteInt64(entry.Sequence.Value);
        writer.WriteByte((byte)entry.Kind);
        writer.WriteText(entry.Account.Value);
        writer.WriteOptionalText(entry.Payer?.Value);
        writer.WriteInt64(entry.Points.Value);
        writer.WriteInt64(entry.LotPoints.Value);
        writer.WriteOptionalInt64(entry.OccurredAt?.UnixMicroseconds);
        writer.WriteOptionalInt64(entry.Lot?.Value);
        writer.WriteOptionalInt64(entry.ExpiresAt?.UnixMicroseconds);
        writer.WriteInt64(entry.Operation.Value);
        writer.WriteOptionalInt64(entry.Subject?.Value);
        writer.WriteOptionalText(entry.Origin?.Key?.Value);
        WriteKeyHash(writer, entry.Origin?.KeyHash);
        writer.WriteOptionalText(entry.Origin?.Reference);
        writer.WriteOptionalText(entry.Origin?.Reason);
        writer.WriteOptionalText(entry.Origin?.Actor);
    }

    private static void WriteKeyHash(CanonicalWriter writer, Digest? hash)
    {
        writer.WriteByte(hash is null ? (byte)0 : (byte)1);
        if (hash is not null)
        {
            Span<byte> bytes = stackalloc byte[Digest.Length];
            hash.Value.CopyTo(bytes);
            writer.WriteBytes(bytes);
        }
    }
}
