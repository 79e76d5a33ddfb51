using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Decodes the stored snapshot of an account, without any code of the ledger. docs/architecture.md describes the bytes under "Snapshots".</summary>
internal sealed class SnapshotDecoder
{
    private const int ChecksumLength = 16;
    private const int DigestLength = 32;

    // The number of a kind is its index in this array.
    private static readonly string?[] EndKinds = [null, null, null, null, null, null, "capture", "reversal", null, null, null, "restore"];

    private readonly SnapshotRow _row;
    private readonly IReadOnlyDictionary<long, byte[]> _chunks;
    private readonly BodyReader _head;
    private int _chunksUsed;

    private SnapshotDecoder(SnapshotRow row, IReadOnlyDictionary<long, byte[]> chunks)
    {
        (_row, _chunks) = (row, chunks);
        _head = Reader(row.Snapshot[ChecksumLength..]);
    }

    /// <summary>Decodes a snapshot.</summary>
    /// <param name="row">The row of the account.</param>
    /// <param name="chunks">All its chunks.</param>
    /// <exception cref="AuditException">The snapshot does not have the documented form, or a checksum is wrong.</exception>
    public static DecodedSnapshot Decode(SnapshotRow row, IReadOnlyDictionary<long, byte[]> chunks)
    {
        SnapshotDecoder decoder = new(row, chunks);
        decoder.CheckRow();
        return decoder.Decode();
    }

    private DecodedSnapshot Decode()
    {
        _head.Require(_head.ReadByte() == 1, "has an unknown format");
        DecodedSnapshot snapshot = new(
            (long)_head.ReadNumber(), (long)_head.ReadNumber(), (long)_head.ReadNumber(), (long)_head.ReadNumber(), (long)_head.ReadNumber());
        ulong nextChunk = _head.ReadNumber();
        _head.Require(_chunks.Keys.All(chunk => (ulong)chunk < nextChunk), "has a chunk with a number that was not given yet");
        ReadSection(head => _ = head.ReadText(), (reader, count) => ReadPayers(reader, count, snapshot));
        long due = ReadSection(ReadLotKey, (reader, count) => ReadLots(reader, count, snapshot));
        long end = ReadSection(head => _ = head.ReadNumber(), (reader, count) => ReadHolds(reader, count, snapshot));
        long oldestKey = ReadSection(head => _ = head.ReadBytes(16), (reader, count) => ReadKeys(reader, count, snapshot));
        ReadSection(head => _ = head.ReadNumber(), (reader, count) => ReadEnds(reader, count, snapshot));
        _head.Require(_head.IsAtEnd, "continues after its last section");
        _head.Require(_chunksUsed == _chunks.Count, "has a chunk that nothing refers to");
        due = snapshot.FlushedThrough == _row.StandsAt ? due : Math.Min(due, end);
        _head.Require((_row.NextDue ?? long.MaxValue) == due, "has a wrong next_due");
        _head.Require((_row.OldestKey ?? long.MaxValue) == oldestKey, "has a wrong oldest_key");
        return snapshot;
    }

    /// <summary>The checksum is XXH3 (128 bits) of the length of the account key, the columns, the account key and the head.</summary>
    private void CheckRow()
    {
        List<byte> bytes = [];
        byte[] key = Encoding.ASCII.GetBytes(_row.Account);
        bytes.AddRange(LittleEndian(key.Length).AsSpan(0, sizeof(int)));
        bytes.AddRange(LittleEndian(_row.StandsAt));
        foreach (long? column in new[] { _row.NextDue, _row.OldestKey })
        {
            bytes.Add(column is null ? (byte)0 : (byte)1);
            bytes.AddRange(LittleEndian(column ?? 0));
        }

        bytes.AddRange(key);
        bytes.AddRange(_row.Snapshot.AsSpan(ChecksumLength));
        _head.Require(XxHash128.Hash([.. bytes]).AsSpan().SequenceEqual(_row.Snapshot.AsSpan(0, ChecksumLength)), "does not match its checksum");
    }

    /// <summary>Reads a section: its items are in the head, or in chunks.</summary>
    /// <returns>The earliest time of its items.</returns>
    private long ReadSection(Action<BodyReader> readKey, Func<BodyReader, int, long> readItems)
    {
        int count = (int)_head.ReadNumber();
        if (count == 0)
        {
            return long.MaxValue;
        }

        long time = ReadTime();
        int chunks = _head.ReadLength();
        long found = long.MaxValue;
        if (chunks == 0)
        {
            found = ReadAll(Reader(_head.ReadBytes(_head.ReadLength())), count, readItems);
        }

        int items = 0;
        for (int index = 0; index < chunks; index++)
        {
            long number = (long)_head.ReadNumber();
            int length = (int)_head.ReadNumber();
            long chunkTime = ReadTime();
            readKey(_head);
            ulong checksum = BinaryPrimitives.ReadUInt64LittleEndian(_head.ReadBytes(8));
            _head.Require(_chunks.TryGetValue(number, out byte[]? chunk), $"lacks chunk {number}");
            _head.Require(XxHash3.HashToUInt64(chunk, number) == checksum, $"has chunk {number} with a wrong checksum");
            _head.Require(ReadAll(Reader(chunk!), length, readItems) == chunkTime, $"has a wrong time of chunk {number}");
            found = Math.Min(found, chunkTime);
            items += length;
            _chunksUsed++;
        }

        _head.Require(found == time, "has a section with a wrong time");
        _head.Require(chunks == 0 || items == count, "has a section with a wrong number of items");
        return time;
    }

    private long ReadTime()
    {
        byte isThere = _head.ReadByte();
        _head.Require(isThere < 2, "has an invalid flag for a time");
        return isThere == 0 ? long.MaxValue : _head.ReadSigned();
    }

    private static long ReadAll(BodyReader reader, int count, Func<BodyReader, int, long> readItems)
    {
        long time = readItems(reader, count);
        reader.Require(reader.IsAtEnd, "continues after its last item");
        return time;
    }

    private static long ReadPayers(BodyReader reader, int count, DecodedSnapshot snapshot)
    {
        for (int index = 0; index < count; index++)
        {
            snapshot.Payers.Add((reader.ReadText(), (long)reader.ReadNumber(), (long)reader.ReadNumber(), (long)reader.ReadNumber()));
        }

        return long.MaxValue;
    }

    private static long ReadLots(BodyReader reader, int count, DecodedSnapshot snapshot)
    {
        string[] names = ReadNames(reader);
        DecodedLot last = default;
        long time = long.MaxValue;
        for (int index = 0; index < count; index++)
        {
            last = ReadLot(reader, names, last);
            snapshot.Lots.Add(last);
            time = Math.Min(time, last.ExpiresAt ?? long.MaxValue);
        }

        return time;
    }

    private static long ReadHolds(BodyReader reader, int count, DecodedSnapshot snapshot)
    {
        string[] names = ReadNames(reader);
        long time = long.MaxValue;
        for (int index = 0; index < count; index++)
        {
            long spend = (long)reader.ReadNumber();
            long endsAt = reader.ReadSigned();
            snapshot.Holds.Add((spend, endsAt));
            time = Math.Min(time, endsAt);
            int draws = reader.ReadLength();
            DecodedLot last = default;
            for (int draw = 0; draw < draws; draw++)
            {
                last = ReadLot(reader, names, last);
                snapshot.Draws.Add((spend, last));
            }
        }

        return time;
    }

    private static long ReadKeys(BodyReader reader, int count, DecodedSnapshot snapshot)
    {
        long time = long.MaxValue;
        for (int index = 0; index < count; index++)
        {
            string digest = Convert.ToHexString(reader.ReadBytes(16));
            string hash = Convert.ToHexString(reader.ReadBytes(DigestLength));
            long operation = (long)reader.ReadNumber();
            long decidedAt = reader.ReadSigned();
            snapshot.Keys.Add((digest, hash, operation, decidedAt));
            time = Math.Min(time, decidedAt);
        }

        return time;
    }

    private static long ReadEnds(BodyReader reader, int count, DecodedSnapshot snapshot)
    {
        long subject = 0;
        for (int index = 0; index < count; index++)
        {
            subject += reader.ReadSigned();
            byte kind = reader.ReadByte();
            reader.Require(kind < EndKinds.Length && EndKinds[kind] is not null, $"has an end of kind {kind}");
            snapshot.Ends.Add((subject, EndKinds[kind]!, subject + reader.ReadSigned()));
        }

        return long.MaxValue;
    }

    private static void ReadLotKey(BodyReader reader)
    {
        _ = reader.ReadSigned();
        _ = reader.ReadNumber();
    }

    private static string[] ReadNames(BodyReader reader) => [.. Enumerable.Range(0, reader.ReadLength()).Select(_ => reader.ReadText())];

    private static DecodedLot ReadLot(BodyReader reader, string[] names, DecodedLot before)
    {
        ulong first = reader.ReadNumber();
        reader.Require(first / 2 < (ulong)names.Length, "has a payer without a name");
        LotPlace place = new(before.Place.OccurredAt + reader.ReadSigned(), before.Place.Sequence + reader.ReadSigned());
        long points = (long)reader.ReadNumber();
        return new DecodedLot(place, names[first / 2], points, first % 2 == 0 ? null : place.OccurredAt + reader.ReadSigned());
    }

    private BodyReader Reader(byte[] bytes) => new(bytes, $"snapshot of account {_row.Account}");

    private static byte[] LittleEndian(long value)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes;
    }
}

/// <summary>The row of an account.</summary>
internal sealed record SnapshotRow(string Account, long StandsAt, long? NextDue, long? OldestKey, byte[] Snapshot);

/// <summary>The content of a snapshot.</summary>
internal sealed record DecodedSnapshot(long Opening, long LastOperation, long FlushedThrough, long FlushedThroughBefore, long Held)
{
    public List<(string Name, long Points, long Outstanding, long First)> Payers { get; } = [];

    public List<DecodedLot> Lots { get; } = [];

    public List<(long Spend, long EndsAt)> Holds { get; } = [];

    public List<(long Spend, DecodedLot Draw)> Draws { get; } = [];

    public List<(string Digest, string Hash, long Operation, long DecidedAt)> Keys { get; } = [];

    public List<(long Subject, string Kind, long Operation)> Ends { get; } = [];
}

/// <summary>A lot, or a draw from a lot.</summary>
internal readonly record struct DecodedLot(LotPlace Place, string Payer, long Points, long? ExpiresAt);
