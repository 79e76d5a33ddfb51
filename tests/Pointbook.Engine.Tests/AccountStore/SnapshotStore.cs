using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>Keeps the row and the chunks of one account in memory, and provides only the chunks that a query asks for.</summary>
internal sealed class SnapshotStore(AccountId account)
{
    /// <summary>The row; null while the account is not stored.</summary>
    public StoredRow? Row { get; set; }

    public SortedDictionary<long, byte[]> Chunks { get; } = [];

    /// <summary>The account without any chunk.</summary>
    public StoredAccount Read() => Row is { } row ? StoredAccount.Read(account, row) : StoredAccount.Empty(account);

    /// <summary>Reads the account again, provides chunks until the query asks for no more, and returns the account.</summary>
    public StoredAccount Read(Func<StoredAccount, IReadOnlyList<long>> ask)
    {
        StoredAccount stored = Read();
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
        if (round.Accounts.SingleOrDefault(entries => entries.Account == account)?.ChangeSince(Read().Row) is { } change)
        {
            Store(Read(stored => stored.ChunksFor(change)).Apply(change));
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
