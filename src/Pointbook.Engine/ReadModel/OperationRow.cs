using System.Buffers.Binary;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>One operation of an account: where its entries stand in the journal, what it comes to, and checksums of all of that. Immutable.</summary>
/// <param name="First">Its first entry.</param>
/// <param name="Last">Its last entry; everything between is its own.</param>
/// <param name="Kind">What it is called, see <see cref="OperationKind"/>.</param>
/// <param name="Time">The times of its commit.</param>
/// <param name="Points">By how much it changes the account's balance.</param>
/// <param name="Payers">What it changes for each payer.</param>
/// <param name="Check">The checksums of the row and of the first entry.</param>
/// <param name="Pieces">The checksums of the further entries; null if there are none, or if they were not asked for.</param>
public sealed record OperationRow(
    Sequence First, Sequence Last, EntryKind Kind, CommitTime Time, Points Points, OperationPayers Payers, OperationCheck Check, PieceChecks? Pieces)
{
    /// <summary>When it was recorded.</summary>
    public Instant RecordedAt => Time.RecordedAt;

    /// <summary>How many entries it has.</summary>
    public int EntryCount => checked((int)(Last.Value - First.Value + 1));

    /// <summary>The row of an operation, as a projection has to store it.</summary>
    /// <param name="entries">All entries of the operation, in order.</param>
    /// <param name="time">The times of their commit.</param>
    public static OperationRow Of(IEnumerable<Entry> entries, CommitTime time)
    {
        ArgumentNullException.ThrowIfNull(entries);
        OperationRowBuilder builder = new();
        foreach (Entry entry in entries)
        {
            builder.Add(entry, time);
        }

        return builder.Finish();
    }
}

/// <summary>The checksums of an operation's row and of its first entry.</summary>
/// <param name="Row">XXH3 (64 bits) of all that the row says, <paramref name="Head"/> included.</param>
/// <param name="Head">XXH3 (64 bits) of the canonical bytes of the first entry.</param>
public readonly record struct OperationCheck(ulong Row, ulong Head)
{
    /// <summary>How many bytes a store keeps of it.</summary>
    public const int Length = 16;

    private const int Half = Length / 2;

    /// <summary>Reads what <see cref="ToArray"/> wrote.</summary>
    /// <exception cref="InvalidRowException">It is not of that length.</exception>
    public static OperationCheck FromStored(ReadOnlySpan<byte> bytes) => bytes.Length == Length
        ? new OperationCheck(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[Half..]))
        : throw new InvalidRowException($"the checksum of an operation has {bytes.Length} bytes instead of {Length}");

    /// <summary>The bytes that a store keeps.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Row);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[Half..], Head);
    }

    /// <summary>The bytes that a store keeps.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }
}
