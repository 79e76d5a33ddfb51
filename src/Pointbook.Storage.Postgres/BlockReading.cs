using Pointbook.Engine;
using Pointbook.Engine.Journal;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads the blocks that have the entries of ranges. One statement finds the commits, and another one reads what did not come with them. Used once.</summary>
internal sealed class BlockReading(PostgresJournal journal)
{
    private readonly List<BodyBytes> _missing = [];
    private readonly List<PlacedPart> _placed = [];

    // The commit of the part that was placed last, and the entries of the last block that will have been read by then.
    private byte[] _start = [];
    private byte[] _textStart = [];
    private CommitBodyIndex? _index;
    private EntryRange? _inBlock;
    private (byte[] Body, byte[] Texts)?[] _read = [];

    /// <summary>Reads the blocks.</summary>
    /// <returns>For each part of a range that one commit has: the part, and what gives its blocks; they are null if the last block of the part before has all of it.</returns>
    /// <exception cref="JournalDamagedException">A commit that has some of them is damaged.</exception>
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

    /// <summary>Reads something of a commit; a value that nothing writes there is damage to this commit.</summary>
    public static T Of<T>(int partition, StoredPart part, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidRowException fault)
        {
            throw Failure.OfContent(partition, fault, part.First, part.Last, part.Commit);
        }
    }

    /// <summary>Finds out where the blocks of a part stand. Of a part within the block that was read last, nothing is read.</summary>
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

        CommitBody.CheckFormat(part.Format);
        CommitBodyIndex index = _index ??= CommitBodyIndex.Read(
            await ReadBeginningAsync(part, cancellationToken).ConfigureAwait(false), part.BodyLength, part.TextsLength, part.First, part.Last);
        (int offset, int end) = index.BytesOf(part.Range);
        (int textOffset, int textEnd) = index.TextBytesOf(part.Range);
        _inBlock = index.EntriesOf(index.BlockOf(part.Range.Last));
        return end <= _start.Length && textEnd <= _textStart.Length
            ? new PlacedPart(part, index, _start.AsMemory(offset..end), _textStart.AsMemory(textOffset..textEnd), Missing: null)
            : new PlacedPart(part, index, default, default, Want(new BodyBytes(part.First.Value, offset, end - offset, textOffset, textEnd - textOffset)));
    }

    /// <summary>The beginning of a body, with all of its index. Only that of a commit of very many entries did not come with the commit.</summary>
    private async ValueTask<byte[]> ReadBeginningAsync(StoredPart part, CancellationToken cancellationToken)
    {
        if (part.HasIndexIn(_start))
        {
            return _start;
        }

        BodyBytes index = new(part.First.Value, 0, (int)part.IndexLengthMax, 0, 0);
        return Check((await ReadBytesAsync([index], cancellationToken).ConfigureAwait(false))[0], index).Body;
    }

    /// <returns>Its number among those that are missing. What is wanted several times in succession is read once.</returns>
    private int Want(BodyBytes bytes)
    {
        if (_missing.Count == 0 || _missing[^1] != bytes)
        {
            _missing.Add(bytes);
        }

        return _missing.Count - 1;
    }

    /// <summary>Reads bytes of bodies and texts, all with one statement.</summary>
    /// <returns>In the order in which they are wanted; null where a commit is not there.</returns>
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
            return new StoredBlocks(placed.Index, placed.Part.Range, placed.Blocks, placed.Texts);
        }

        (byte[] body, byte[] texts) = Check(_read[missing], _missing[missing]);
        return new StoredBlocks(placed.Index, placed.Part.Range, body, texts);
    }

    private static (byte[] Body, byte[] Texts) Check((byte[] Body, byte[] Texts)? found, BodyBytes wanted) =>
        found is { } bytes && bytes.Body.Length == wanted.Length && bytes.Texts.Length == wanted.TextLength
            ? bytes
            : throw new InvalidRowException("the commit is not there any more");

    private async ValueTask<T> OfAsync<T>(StoredPart part, Func<ValueTask<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (InvalidRowException fault)
        {
            throw Failure.OfContent(journal.Partition, fault, part.First, part.Last, part.Commit);
        }
    }

    /// <summary>A part whose place in the body is known.</summary>
    /// <param name="Part">The part.</param>
    /// <param name="Index">The index of the body; null if the block that was read last has all of the part.</param>
    /// <param name="Blocks">The blocks, if they came with the commit.</param>
    /// <param name="Texts">Their texts, if they came with the commit.</param>
    /// <param name="Missing">The number of their bytes among those that are missing, if they did not.</param>
    private sealed record PlacedPart(StoredPart Part, CommitBodyIndex? Index, ReadOnlyMemory<byte> Blocks, ReadOnlyMemory<byte> Texts, int? Missing);
}
