using Pointbook.Engine;
using Pointbook.Engine.Journal;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads the blocks that contain the entries of ranges. One statement finds the commits, and a second one reads the missing bytes. Used once.</summary>
internal sealed class BlockReading(PostgresJournal journal)
{
    private readonly List<BodyBytes> _missing = [];
    private readonly List<PlacedPart> _placed = [];

    // The commit of the last placed part, and the entries of the last block that will have been read by then.
    private byte[] _start = [];
    private byte[] _textStart = [];
    private CommitBodyIndex? _index;
    private EntryRange? _inBlock;
    private (byte[] Body, byte[] Texts)?[] _read = [];

    /// <summary>Reads the blocks.</summary>
    /// <returns>Each part of a range in one commit, with a function that returns its blocks. They are null if the previous part's last block contains all of it.</returns>
    /// <exception cref="JournalDamagedException">A commit that contains some of them is damaged.</exception>
    /// <exception cref="JournalException">The database failed.</exception>
    public async ValueTask<IReadOnlyList<(StoredPart Part, Func<StoredBlocks?> Blocks)>> RunAsync(
        IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken)
    {
        List<StoredPart> parts = await journal.ReadAsync(
            StoredPart.FindSql,
            parameters => parameters
                .AddBigints([.. ranges.Select(range => range.First.Value)])
                .AddBigints([.. ranges.Select(range => range.Last.Value)]),
            StoredPart.Read,
            cancellationToken).ConfigureAwait(false);
        foreach (StoredPart part in parts)
        {
            _placed.Add(await OfAsync(part, () => PlaceAsync(part, cancellationToken)).ConfigureAwait(false));
        }

        _read = await ReadBytesAsync(_missing, cancellationToken).ConfigureAwait(false);
        return [.. _placed.Select(placed => (placed.Part, (Func<StoredBlocks?>)(() => ToBlocks(placed))))];
    }

    /// <summary>Reads a part of a commit. Reports an invalid value as damage of this commit.</summary>
    public static T Of<T>(int partition, StoredPart part, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidRowException fault)
        {
            throw Failure.OfContent(partition, fault, part.Header.First, part.Header.Last, part.Header.Id);
        }
    }

    /// <summary>Locates the blocks of a part. Reads nothing for a part inside the block that was read last.</summary>
    private async ValueTask<PlacedPart> PlaceAsync(StoredPart part, CancellationToken cancellationToken)
    {
        if (part.Start is not null)
        {
            (_start, _textStart, _index) = (part.Start, part.TextStart ?? [], null);
        }

        if (_inBlock is { } block && part.Range.First >= block.First && part.Range.Last <= block.Last)
        {
            return new PlacedPart(part, Index: null, default, default, Missing: null);
        }

        CommitBody.CheckFormat(part.Header.Format);
        CommitBodyIndex index = _index ??= CommitBodyIndex.Read(
            await ReadBeginningAsync(part, cancellationToken).ConfigureAwait(false), part.BodyLength, part.TextsLength, part.Header.First, part.Header.Last);
        (int offset, int end) = index.BytesOf(part.Range);
        (int textOffset, int textEnd) = index.TextBytesOf(part.Range);
        _inBlock = index.EntriesOf(index.BlockOf(part.Range.Last));
        return end <= _start.Length && textEnd <= _textStart.Length
            ? new PlacedPart(part, index, _start.AsMemory(offset..end), _textStart.AsMemory(textOffset..textEnd), Missing: null)
            : new PlacedPart(part, index, default, default, Want(new BodyBytes(part.Header.First.Value, offset, end - offset, textOffset, textEnd - textOffset)));
    }

    /// <summary>Returns the beginning of a body with its whole index. Reads it only if a commit of very many entries did not come with it.</summary>
    private async ValueTask<byte[]> ReadBeginningAsync(StoredPart part, CancellationToken cancellationToken)
    {
        if (part.HasIndexIn(_start))
        {
            return _start;
        }

        BodyBytes index = new(part.Header.First.Value, 0, (int)part.IndexLengthMax, 0, 0);
        return Check((await ReadBytesAsync([index], cancellationToken).ConfigureAwait(false))[0], index).Body;
    }

    /// <returns>Its number among the missing bytes. Successive requests for the same bytes are read once.</returns>
    private int Want(BodyBytes bytes)
    {
        if (_missing.Count == 0 || _missing[^1] != bytes)
        {
            _missing.Add(bytes);
        }

        return _missing.Count - 1;
    }

    /// <summary>Reads bytes of bodies and texts, all with one statement.</summary>
    /// <returns>The bytes in the order of the requests; null where a commit is missing.</returns>
    private async ValueTask<(byte[] Body, byte[] Texts)?[]> ReadBytesAsync(List<BodyBytes> wanted, CancellationToken cancellationToken)
    {
        (byte[] Body, byte[] Texts)?[] bytes = new (byte[], byte[])?[wanted.Count];
        if (wanted.Count == 0)
        {
            return bytes;
        }

        foreach ((long number, byte[] body, byte[] texts) in await journal.ReadAsync(
            BodyBytes.ReadSql,
            parameters => BodyBytes.AddParameters(parameters, wanted),
            static row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1), row.GetFieldValue<byte[]>(2)),
            cancellationToken).ConfigureAwait(false))
        {
            bytes[number - 1] = (body, texts);
        }

        return bytes;
    }

    private StoredBlocks? ToBlocks(PlacedPart placed)
    {
        if (placed.Index is null)
        {
            return null;
        }

        if (placed.Missing is not { } missing)
        {
            return Check(placed.Part, new StoredBlocks(placed.Part.Header.Time, placed.Index, placed.Part.Range, placed.Blocks, placed.Texts));
        }

        (byte[] body, byte[] texts) = Check(_read[missing], _missing[missing]);
        return Check(placed.Part, new StoredBlocks(placed.Part.Header.Time, placed.Index, placed.Part.Range, body, texts));
    }

    private static StoredBlocks Check(StoredPart part, StoredBlocks blocks)
    {
        CommitBody.Check(part.Header, blocks);
        return blocks;
    }

    private static (byte[] Body, byte[] Texts) Check((byte[] Body, byte[] Texts)? found, BodyBytes wanted) =>
        found is { } bytes && bytes.Body.Length == wanted.Length && bytes.Texts.Length == wanted.TextLength
            ? bytes
            : throw new InvalidRowException("the commit is missing");

    private async ValueTask<T> OfAsync<T>(StoredPart part, Func<ValueTask<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (InvalidRowException fault)
        {
            throw Failure.OfContent(journal.Partition, fault, part.Header.First, part.Header.Last, part.Header.Id);
        }
    }

    /// <summary>A part with a known place in the body.</summary>
    /// <param name="Part">The part.</param>
    /// <param name="Index">The index of the body; null if the last read block contains all of the part.</param>
    /// <param name="Blocks">The blocks, if they came with the commit.</param>
    /// <param name="Texts">Their texts, if they came with the commit.</param>
    /// <param name="Missing">The number of their bytes among the missing ones, if they did not.</param>
    private sealed record PlacedPart(StoredPart Part, CommitBodyIndex? Index, ReadOnlyMemory<byte> Blocks, ReadOnlyMemory<byte> Texts, int? Missing);
}
