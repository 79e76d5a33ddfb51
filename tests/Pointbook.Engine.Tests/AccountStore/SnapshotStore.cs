using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>Keeps the row and the chunks of one account in memory, and hands out exactly the chunks that are asked for.</summary>
internal sealed class SnapshotStore(AccountId account)
{
    /// <summary>The row; null while there is none.</summary>
    public StoredRow? Row { get; set; }

    public SortedDictionary<long, byte[]> Chunks { get; } = [];

    /// <summary>The account without any chunk.</summary>
    public StoredAccount Read() => Row is { } row ? StoredAccount.Read(account, row) : StoredAccount.Empty(account);

    /// <summary>Reads the account once more, provides what is asked for until nothing is, and gives it back.</summary>
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

    /// <summary>The row with all chunks that are stored, each of which the row must refer to.</summary>
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

    /// <summary>What is known of keys and subjects, and the state.</summary>
    public LoadedAccount Load(IEnumerable<IdempotencyKey> keys, IEnumerable<Sequence> subjects)
    {
        AccountRequest request = new(account, WithState: true, [.. keys], [.. subjects]);
        return Read(stored => [.. stored.ChunksForSnapshot().Concat(stored.ChunksFor(request))]).ToLoaded(request, Sequence.Zero);
    }

    /// <summary>Applies what a round says about the account.</summary>
    public void Apply(SnapshotRound round)
    {
        if (round.Accounts.SingleOrDefault(entries => entries.Account == account)?.ChangeSince(Read().Row) is { } change)
        {
            Store(Read(stored => stored.ChunksFor(change)).Apply(change));
        }
    }

    /// <summary>Writes an update, which must fit to what is stored.</summary>
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
