using Npgsql;
using Pointbook.Clusters;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Journals;

/// <summary>Of a commit of very many entries, only what is asked for is read.</summary>
public sealed class LongCommitTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Entries_are_read_from_a_commit_whose_index_is_longer_than_what_comes_with_it()
    {
        const int Block = CommitBody.EntriesPerBlock;
        const int Count = (1640 * Block) + 5;
        CommitChain chain = new(_host.Clock);
        Commit commit = chain.AddCredits(Enumerable.Range(1, Count).Select(points => (long)points));
        Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, CancellationToken.None));
        StoredPart found = await FindAsync(new Sequence(7));
        Assert.False(found.HasIndexIn(found.Start!));

        EntryRange[] ranges =
        [
            Range(1, 2), Range(Block, Block + 1), Range((2 * Block) + 1, 5 * Block), Range(5 * Block + 1, 5 * Block + 1), Range(800 * Block, 800 * Block + 7), Range(1640 * Block, Count),
        ];
        foreach (EntryRange range in ranges)
        {
            Assert.Equal(EntriesOf(range), await _host.Journal.ReadEntriesAsync([range], CancellationToken.None));
        }

        Assert.Equal(ranges.SelectMany(EntriesOf), await _host.Journal.ReadEntriesAsync(ranges, CancellationToken.None));
        Assert.Equal(commit.Entries[^1], Assert.Single(await _host.Journal.ReadEntriesAsync([Range(Count, Count + 9)], CancellationToken.None)));

        IEnumerable<Entry> EntriesOf(EntryRange range) =>
            commit.Entries.Skip((int)range.First.Value - 1).Take((int)(range.Last.Value - range.First.Value + 1));
        static EntryRange Range(int first, int last) => new(new Sequence(first), new Sequence(last));
    }

    private async Task<StoredPart> FindAsync(Sequence entry)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(_host.Database);
        await using NpgsqlCommand command = source.CreateCommand(StoredPart.FindSql);
        command.Parameters.AddInt(0).AddBigints([entry.Value]).AddBigints([entry.Value]);
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(CancellationToken.None);
        Assert.True(await row.ReadAsync());
        return StoredPart.Read(row);
    }
}
