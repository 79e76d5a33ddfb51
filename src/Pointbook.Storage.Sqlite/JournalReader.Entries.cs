using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <content>Reads entries, and from each commit only the blocks that contain them.</content>
internal sealed partial class JournalReader
{
    /// <summary>Reads the existing entries of a range.</summary>
    /// <exception cref="JournalDamagedException">A commit that contains some of them is damaged.</exception>
    public void ReadEntries(EntryRange range, EntryCollector entries)
    {
        if (entries.TryAdd(range, Resolve))
        {
            return;
        }

        for (Sequence next = range.First; next <= range.Last && FindPart(next) is { } part && part.Header.First <= range.Last; next = part.Header.Last.Next)
        {
            Sequence first = part.Header.First > next ? part.Header.First : next;
            Sequence last = part.Header.Last < range.Last ? part.Header.Last : range.Last;
            _ = OfCommit(part.Header, () =>
            {
                StoredBlocks blocks = ReadBlocks(part, new EntryRange(first, last));
                entries.Add(blocks, Resolve(blocks.FindReferences()));
                return true;
            });
            if (last == range.Last)
            {
                return;
            }
        }
    }

    /// <summary>Finds the accounts and actors that entries introduced.</summary>
    /// <exception cref="InvalidRowException">One of the entries is missing.</exception>
    /// <exception cref="JournalDamagedException">A commit that contains one of them is damaged.</exception>
    private NameScope Resolve(IReadOnlyCollection<Sequence> references)
    {
        NameScope names = new();
        Sequence[] missing = [.. _names.Resolve(references, names).Order()];
        for (int start = 0, end; start < missing.Length; start = end)
        {
            StoredPart part = FindPart(missing[start]) is { } found && found.Header.First <= missing[start] ? found : throw NameIsMissing(missing[start]);
            for (end = start + 1; end < missing.Length && missing[end] <= part.Header.Last; end++)
            {
            }

            Sequence[] inCommit = missing[start..end];
            _ = OfCommit(part.Header, () =>
            {
                ReadIntroductions(part, inCommit, names);
                return true;
            });
        }

        _names.Keep(names);
        return names;
    }

    /// <summary>Reads what entries of a commit introduced, block by block.</summary>
    private void ReadIntroductions(StoredPart part, Sequence[] entries, NameScope names)
    {
        // In a damaged row, the first entry may be any number. The reader of the blocks detects that.
        foreach (IGrouping<long, Sequence> inBlock in entries.GroupBy(entry => unchecked(entry.Value - part.Header.First.Value) / CommitBody.EntriesPerBlock))
        {
            ReadBlocks(part, new EntryRange(inBlock.First(), inBlock.First())).ReadIntroductions(inBlock, names);
        }
    }

    private static InvalidRowException NameIsMissing(Sequence entry) =>
        new($"it needs a name that entry {entry} introduced, but this entry is missing");

    /// <summary>Finds the commit that contains an entry, or the next commit if there is none.</summary>
    private StoredPart? FindPart(Sequence entry)
    {
        if (!_partsOf.Bind(1, entry.Value).Step())
        {
            return null;
        }

        StoredPart part = OfCommit(_partsOf, static row => new StoredPart(
            ToHeader(row),
            row.IsNull(BodyLengthColumn) || row.IsNull(TextsLengthColumn) ? throw NoBody() : row.Int32At(BodyLengthColumn),
            row.Int32At(TextsLengthColumn),
            row.IsNull(BodyColumn) ? null : row.Bytes(BodyColumn).ToArray(),
            row.IsNull(TextsColumn) ? null : row.Bytes(TextsColumn).ToArray()));
        _partsOf.Reset();
        return part;
    }

    private StoredBlocks ReadBlocks(StoredPart part, EntryRange range)
    {
        CommitHeader header = part.Header;
        CommitBody.CheckFormat(header.Format);
        ReadOnlyMemory<byte> start = Read("body", header, part.Body, 0, (int)Math.Min(part.BodyLength, CommitBodyIndex.LengthMax(header.First, header.Last)));
        CommitBodyIndex index = CommitBodyIndex.Read(start.Span, part.BodyLength, part.TextsLength, header.First, header.Last);
        (int offset, int end) = index.BytesOf(range);
        (int textOffset, int textEnd) = index.TextBytesOf(range);
        StoredBlocks blocks = new(
            header.Time,
            index,
            range,
            Read("body", header, part.Body, offset, end - offset),
            Read("texts", header, part.Texts, textOffset, textEnd - textOffset));
        CommitBody.Check(header, blocks);
        return blocks;
    }

    /// <summary>Returns bytes of a column from the row, or reads them now.</summary>
    private ReadOnlyMemory<byte> Read(string column, CommitHeader header, byte[]? whole, int offset, int length)
    {
        if (whole is not null)
        {
            return whole.AsMemory(offset, length);
        }

        if (length == 0)
        {
            return default;
        }

        using SqliteBlob blob = new(Connection, "journal_commit", column, header.Last.Value, readOnly: true);
        byte[] bytes = new byte[length];
        blob.Position = offset;
        blob.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>A commit, and its bytes if they are short.</summary>
    private sealed record StoredPart(CommitHeader Header, int BodyLength, int TextsLength, byte[]? Body, byte[]? Texts);
}
