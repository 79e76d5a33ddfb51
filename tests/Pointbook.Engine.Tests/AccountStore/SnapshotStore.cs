using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>Keeps the row and the chunks of one account in memory, and provides only the chunks that a query asks for.</summary>
internal sealed class SnapshotStore(AccountId account)
{
    // All accounts of a thread share them, as all accounts of a round do.
    [ThreadStatic]
    private static AccountBuffers? _buffers;

    /// <summary>The row; null while the account is not stored.</summary>
    public StoredRow? Row { get; set; }

    public SortedDictionary<long, byte[]> Chunks { get; } = [];

    /// <summary>The account without any chunk.</summary>
    public StoredAccount Read(AccountBuffers? buffers = null) => Row is { } row
        ? StoredAccount.Read(account, row with { Snapshot = buffers?.Copy(row.Snapshot.Span) ?? row.Snapshot }, buffers)
        : StoredAccount.Empty(account, buffers);

    /// <summary>Reads the account again, provides chunks until the query asks for no more, and returns the account.</summary>
    public StoredAccount Read(Func<StoredAccount, IReadOnlyList<long>> ask, AccountBuffers? buffers = null)
    {
        StoredAccount stored = Read(buffers);
        HashSet<long> provided = [];
        while (ask(stored) is { Count: > 0 } needed)
        {
            foreach (long chunk in needed)
            {
                Assert.True(provided.Add(chunk), $"Chunk {chunk} is asked for twice.");
                stored.Provide(chunk, Chunks[chunk]);
            }
        }

        return stored;
    }

    /// <summary>The account with all stored chunks. The row must refer to each of them.</summary>
    public StoredAccount ReadAll()
    {
        StoredAccount stored = Read();
        Assert.Equal(Chunks.Count, stored.ChunkCount);
        foreach ((long chunk, byte[] bytes) in Chunks)
        {
            stored.Provide(chunk, bytes);
        }

        return stored;
    }

    /// <summary>Loads the state, and what the account knows about these keys and subjects.</summary>
    public LoadedAccount Load(IEnumerable<IdempotencyKey> keys, IEnumerable<Sequence> subjects)
    {
        AccountRequest request = new(account, WithState: true, [.. keys], [.. subjects]);
        return Read(stored => [.. stored.ChunksForSnapshot().Concat(stored.ChunksFor(request))]).ToLoaded(request, Sequence.Zero);
    }

    /// <summary>Applies the changes of a round to the account.</summary>
    public void Apply(SnapshotRound round)
    {
        AccountEntries? entries = round.Accounts.SingleOrDefault(entries => entries.Account == account);
        if (entries?.ChangeSince(Read().Row) is { } change)
        {
            AccountUpdate update = Read(stored => stored.ChunksFor(change)).Apply(change);
            AssertSameWithBuffers(entries, update);
            Store(update);
        }
    }

    /// <summary>Asserts that memory which other accounts have used before changes nothing.</summary>
    private void AssertSameWithBuffers(AccountEntries entries, AccountUpdate expected)
    {
        AccountBuffers buffers = _buffers ??= new AccountBuffers();
        AccountChange change = entries.ChangeSince(Read(buffers).Row, buffers)!;
        AccountUpdate update = Read(stored => stored.ChunksFor(change), buffers).Apply(change);
        Assert.Equal((expected.Account, expected.IsNew), (update.Account, update.IsNew));
        Assert.Equal(expected.Row with { Snapshot = default }, update.Row with { Snapshot = default });
        Assert.Equal(expected.Row.Snapshot.ToArray(), update.Row.Snapshot.ToArray());
        Assert.Equal(expected.Deleted, update.Deleted);
        Assert.Equal(
            expected.Written.Select(chunk => (chunk.Number, Convert.ToHexString(chunk.Bytes.Span))),
            update.Written.Select(chunk => (chunk.Number, Convert.ToHexString(chunk.Bytes.Span))));
        if (entries.Entries.Count % 2 == 0)
        {
            buffers.Release();
        }
    }

    /// <summary>Writes an update, which must fit the stored row and chunks.</summary>
    public void Store(AccountUpdate update)
    {
        Assert.Equal(account, update.Account);
        Assert.Equal(Row is null, update.IsNew);
        Row = update.Row;
        foreach (long chunk in update.Deleted)
        {
            Assert.True(Chunks.Remove(chunk), $"Chunk {chunk} is deleted, but it is not there.");
        }

        foreach (StoredChunk chunk in update.Written)
        {
            Assert.DoesNotContain(chunk.Number, update.Deleted);
            Chunks[chunk.Number] = chunk.Bytes.ToArray();
        }
    }
}
