using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads entries out of the blocks that have them. One statement finds the commits, and another one reads the blocks that did not come with them. Used once.</summary>
internal sealed class EntryReading(PostgresJournal journal)
{
    private readonly List<BodyBytes> _missing = [];

    // The commit of the part that was placed last, and the entries of the last block that will have been read by then.
    private byte[] _start = [];
    private CommitBodyIndex? _index;
    private EntryRange? _inBlock;

    /// <summary>Reads the entries of ranges that are there.</summary>
    /// <exception cref="JournalDamagedException">A commit that has some of them is damaged.</exception>
    /// <exception cref="JournalException">The database failed.</exception>
    public async ValueTask<IReadOnlyList<Entry>> RunAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken)
    {
        List<StoredPart> parts = await journal.ReadAsync(
            StoredPart.FindSql,
            parameters => parameters
                .AddBigints([.. ranges.Select(range => range.First.Value)])
                .AddBigints([.. ranges.Select(range => range.Last.Value)]),
            StoredPart.Read,
            cancellationToken).ConfigureAwait(false);
        List<PlacedPart> placed = new(parts.Count);
        foreach (StoredPart part in parts)
        {
            placed.Add(await OfAsync(part, () => PlaceAsync(part, cancellationToken)).ConfigureAwait(false));
        }

        byte[]?[] bytes = await ReadBytesAsync(_missing, cancellationToken).ConfigureAwait(false);
        EntryCollector entries = new();
        foreach (PlacedPart part in placed)
        {
            await OfAsync(part.Part, () => ValueTask.FromResult(Add(part, bytes, entries))).ConfigureAwait(false);
        }

        return entries.Entries;
    }

    /// <summary>Finds out where the blocks of a part stand. Of a part within the block that was read last, nothing is read.</summary>
    private async ValueTask<PlacedPart> PlaceAsync(StoredPart part, CancellationToken cancellationToken)
    {
        if (part.Start is not null)
        {
            (_start, _index) = (part.Start, null);
        }

        if (_inBlock is { } block && part.Range.First >= block.First && part.Range.Last <= block.Last)
        {
            return new PlacedPart(part, Index: null, default, Missing: null);
        }

        CommitBody.CheckFormat(part.Format);
        CommitBodyIndex index = _index ??= CommitBodyIndex.Read(
            await ReadBeginningAsync(part, cancellationToken).ConfigureAwait(false), part.BodyLength, part.First, part.Last);
        (int offset, int end) = index.BytesOf(part.Range);
        _inBlock = index.EntriesOf(index.BlockOf(part.Range.Last));
        return end <= _start.Length
            ? new PlacedPart(part, index, _start.AsMemory(offset..end), Missing: null)
            : new PlacedPart(part, index, default, Want(new BodyBytes(part.First.Value, offset, end - offset)));
    }

    /// <summary>The beginning of a body, with all of its index. Only that of a commit of very many entries did not come with the commit.</summary>
    private async ValueTask<byte[]> ReadBeginningAsync(StoredPart part, CancellationToken cancellationToken)
    {
        if (part.HasIndexIn(_start))
        {
            return _start;
        }

        BodyBytes index = new(part.First.Value, 0, (int)part.IndexLengthMax);
        return Check((await ReadBytesAsync([index], cancellationToken).ConfigureAwait(false))[0], index);
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

    /// <summary>Reads bytes of bodies, all with one statement.</summary>
    /// <returns>In the order in which they are wanted; null where a commit is not there.</returns>
    private async ValueTask<byte[]?[]> ReadBytesAsync(List<BodyBytes> wanted, CancellationToken cancellationToken)
    {
        byte[]?[] bytes = new byte[]?[wanted.Count];
        if (wanted.Count == 0)
        {
            return bytes;
        }

        foreach ((long number, byte[] found) in await journal.ReadAsync(
            BodyBytes.ReadSql,
            parameters => parameters
                .AddBigints([.. wanted.Select(part => part.Commit)])
                .AddInts([.. wanted.Select(part => part.Offset + 1)])
                .AddInts([.. wanted.Select(part => part.Length)]),
            static row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)),
            cancellationToken).ConfigureAwait(false))
        {
            bytes[number - 1] = found;
        }

        return bytes;
    }

    private bool Add(PlacedPart part, byte[]?[] bytes, EntryCollector entries)
    {
        if (part.Index is null)
        {
            return entries.TryAdd(part.Part.Range);
        }

        ReadOnlyMemory<byte> blocks = part.Missing is { } missing ? Check(bytes[missing], _missing[missing]) : part.Blocks;
        entries.Add(blocks.Span, part.Index, part.Part.Range);
        return true;
    }

    private static byte[] Check(byte[]? found, BodyBytes wanted) =>
        found?.Length == wanted.Length ? found : throw new InvalidRowException("the commit is not there any more");

    /// <summary>Reads something of a commit; a value that nothing writes there is damage to this commit.</summary>
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
    /// <param name="Missing">The number of their bytes among those that are missing, if they did not.</param>
    private sealed record PlacedPart(StoredPart Part, CommitBodyIndex? Index, ReadOnlyMemory<byte> Blocks, int? Missing);
}
