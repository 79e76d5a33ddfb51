using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>One row of the table journal_commit, as it is stored. Times are microseconds since 1970.</summary>
internal sealed record CommitRow(
    byte[] Id, int Format, long First, long Last, long DecidedAt, long RecordedAt, byte[] PreviousSeal, byte[] Seal, byte[] Body, byte[] Texts)
{
    /// <summary>The number of entries. It is 0 or negative if the row is damaged.</summary>
    public long Count => unchecked(Last - First + 1);

    /// <summary>The commits of a partition after an entry, in order, all read at the same moment.</summary>
    public static List<CommitRow> ReadAfter(RawDatabase journal, int partition, long entry) => journal.Read(
        $"""
        SELECT {journal.Uuid("commit_id")}, format, first_sequence, last_sequence, {journal.Microseconds("decided_at")}, {journal.Microseconds("recorded_at")},
            previous_seal, seal, body, texts
        FROM journal_commit WHERE {journal.Partition} = {partition} AND last_sequence > {entry} ORDER BY last_sequence
        """,
        row => new CommitRow(
            row.Bytes(0),
            row.GetInt32(1),
            row.GetInt64(2),
            row.GetInt64(3),
            row.GetInt64(4),
            row.GetInt64(5),
            row.Bytes(6),
            row.Bytes(7),
            row.Bytes(8),
            row.Bytes(9)));

    /// <summary>
    /// The correct seal: SHA-256 over the previous seal, the header with all numbers big-endian, and the index of the body. The index contains digests of the blocks, and
    /// the blocks contain digests of the texts.
    /// </summary>
    /// <exception cref="AuditException">The body has no index.</exception>
    public byte[] ComputeSeal(int partition)
    {
        byte[] numbers = new byte[4 + 4 + 16 + (4 * 8)];
        BinaryPrimitives.WriteInt32BigEndian(numbers, Format);
        BinaryPrimitives.WriteInt32BigEndian(numbers.AsSpan(4), partition);
        Id.CopyTo(numbers.AsSpan(8));
        BinaryPrimitives.WriteInt64BigEndian(numbers.AsSpan(24), First);
        BinaryPrimitives.WriteInt64BigEndian(numbers.AsSpan(32), Count);
        BinaryPrimitives.WriteInt64BigEndian(numbers.AsSpan(40), DecidedAt);
        BinaryPrimitives.WriteInt64BigEndian(numbers.AsSpan(48), RecordedAt);
        return SHA256.HashData([.. PreviousSeal, .. numbers, .. BodyIndex.Read(this).Bytes]);
    }

    public override string ToString() => $"commit of entries {First} to {Last}";
}
