using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using Pointbook.Engine.Journal;

namespace Pointbook.Engine.AccountStore;

/// <content>The encoding and decoding of a section.</content>
internal sealed partial class Section<TKey, TItem, TFormat>
{
    /// <summary>Forgets everything, so that another account can be read.</summary>
    public void Reset()
    {
        if (_chunks.Capacity > ChunksKeptMax)
        {
            _chunks = [];
        }

        ForgetChunks();
        (_inline, _places, Count, Earliest, _isChanged) = (default, null, 0, NoTime, false);
    }

    /// <summary>Reads the section from a head. The section must be empty.</summary>
    /// <param name="head">The whole head, of which the section keeps a part.</param>
    /// <param name="reader">The reader, positioned at the section.</param>
    public void Read(ReadOnlyMemory<byte> head, ref ByteReader reader)
    {
        Debug.Assert(_chunks.Count == 0 && !_isChanged, "StoredAccount resets its sections before it reads them.");
        Count = reader.ReadCount(int.MaxValue);
        if (Count == 0)
        {
            return;
        }

        Earliest = ReadTime(ref reader);
        int chunks = reader.ReadCount(reader.Remaining);
        if (chunks > 0)
        {
            ReadChunks(chunks, ref reader);
            return;
        }

        int length = reader.ReadCount(reader.Remaining);
        _ = reader.ReadBytes(length);
        _inline = head.Slice(reader.Position - length, length);
        AddInline(items: null).Count = Count;
        _chunks[0].Earliest = Earliest;
    }

    /// <summary>Writes the section to a head, and its changed chunks to an update.</summary>
    /// <param name="head">The head.</param>
    /// <param name="update">The changes to store.</param>
    /// <param name="buffer">A buffer for the bytes of a chunk.</param>
    public void Write(ByteWriter head, AccountUpdate update, ByteWriter buffer)
    {
        if (_isChanged)
        {
            Restructure(update);
        }

        head.WriteVarint((ulong)Count);
        if (Count == 0)
        {
            return;
        }

        WriteTime(head, Earliest);
        if (IsInline)
        {
            ReadOnlySpan<byte> inline = _isChanged ? Encode(_chunks[0].Items!, buffer) : _inline.Span;
            if (inline.Length <= InlineBytesMax)
            {
                head.WriteVarint(0);
                head.WriteVarint((ulong)inline.Length);
                head.WriteBytes(inline);
                return;
            }

            MoveToChunk(update);
        }

        head.WriteVarint((ulong)_chunks.Count);
        foreach (Chunk chunk in _chunks)
        {
            WriteChunk(chunk, head, update, buffer);
        }
    }

    private static ulong ChecksumOf(long id, ReadOnlySpan<byte> bytes) => XxHash3.HashToUInt64(bytes, id);

    private static List<TItem> Decode(ReadOnlySpan<byte> bytes, int count, List<TItem>? items = null)
    {
        ByteReader reader = new(bytes);
        items ??= new List<TItem>(Math.Min(count, bytes.Length));
        items.Clear();
        TFormat.ReadItems(ref reader, count, items);
        for (int index = 1; index < items.Count; index++)
        {
            if (TFormat.KeyOf(items[index]).CompareTo(TFormat.KeyOf(items[index - 1])) <= 0)
            {
                throw reader.Invalid("the items are not in their order");
            }
        }

        return reader.Remaining == 0 ? items : throw reader.Invalid("there are more bytes than items");
    }

    private static long ReadTime(ref ByteReader reader) => reader.ReadByte() switch
    {
        0 => NoTime,
        1 => reader.ReadSigned(),
        _ => throw reader.Invalid("the presence flag of a time is invalid"),
    };

    private static void WriteTime(ByteWriter writer, long time)
    {
        writer.WriteByte(time == NoTime ? (byte)0 : (byte)1);
        if (time != NoTime)
        {
            writer.WriteSigned(time);
        }
    }

    private void ReadChunks(int count, ref ByteReader reader)
    {
        long items = 0;
        for (int index = 0; index < count; index++)
        {
            long id = reader.ReadNumber();
            int length = reader.ReadCount(TFormat.ChunkItemsMax);
            long time = ReadTime(ref reader);
            TKey first = TFormat.ReadKey(ref reader);
            ulong checksum = BinaryPrimitives.ReadUInt64LittleEndian(reader.ReadBytes(sizeof(ulong)));
            if (id == Chunk.Inline || (index > 0 && first.CompareTo(_chunks[^1].First) <= 0))
            {
                throw reader.Invalid($"chunk {id} is not in its place");
            }

            _chunks.Add(new Chunk(id, first) { Count = length, Earliest = time, Checksum = checksum });
            items += length;
        }

        if (items != Count)
        {
            throw reader.Invalid($"{Count} items are in chunks with {items}");
        }
    }

    private static ReadOnlySpan<byte> Encode(List<TItem> items, ByteWriter buffer)
    {
        buffer.Clear();
        TFormat.WriteItems(buffer, items);
        return buffer.Written;
    }

    /// <summary>Moves the items of the head to a chunk.</summary>
    private void MoveToChunk(AccountUpdate update)
    {
        Chunk inline = _chunks[0];
        List<TItem> items = ItemsOf(inline);
        _chunks[0] = new Chunk(update.NextChunk++, TFormat.KeyOf(items[0])) { Items = items, Count = inline.Count, Earliest = inline.Earliest, IsChanged = true };
    }

    private static void WriteChunk(Chunk chunk, ByteWriter head, AccountUpdate update, ByteWriter buffer)
    {
        if (chunk.IsChanged)
        {
            ReadOnlySpan<byte> bytes = Encode(chunk.Items!, buffer);
            chunk.Checksum = ChecksumOf(chunk.Id, bytes);
            update.Write(chunk.Id, bytes.ToArray());
            chunk.IsChanged = false;
        }

        head.WriteVarint((ulong)chunk.Id);
        head.WriteVarint((ulong)chunk.Count);
        WriteTime(head, chunk.Earliest);
        TFormat.WriteKey(head, chunk.First);
        BinaryPrimitives.WriteUInt64LittleEndian(head.Take(sizeof(ulong)), chunk.Checksum);
    }
}
