using Npgsql;
using Pointbook.Clusters;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Journals;

/// <summary>From a commit of very many entries, the journal reads only the requested entries.</summary>
public sealed class LongCommitTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Entries_of_a_commit_with_a_very_long_index_can_be_read()
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

    [Fact]
    public async Task Entries_throughout_a_long_commit_are_read_with_two_statements()
    {
        const int Block = CommitBody.EntriesPerBlock;
        const int Heads = 40;
        CommitChain chain = new(_host.Clock);
        Commit commit = chain.AddCredits(Enumerable.Range(1, Heads * Block).Select(points => (long)points));
        Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, CancellationToken.None));
        int[] places = [.. Enumerable.Range(0, Heads).Select(head => (head * Block) + (head * 7 % Block))];
        EntryRange[] heads = [.. places.Select(place => new EntryRange(new Sequence(place + 1), new Sequence(place + 1)))];

        using StatementCounter statements = new(_host.Database);
        IReadOnlyList<Entry> entries = await _host.Journal.ReadEntriesAsync(heads, CancellationToken.None);
        Assert.Equal(2, statements.Count);
        Assert.Equal(places.Select(place => commit.Entries[place]), entries);

        // The ranges may be in any order and may repeat.
        EntryRange[] others = [heads[30], heads[30], heads[2], new(heads[8].First, heads[11].Last), new(heads[8].First, heads[11].Last), heads[30]];
        Assert.Equal(
            others.SelectMany(range => commit.Entries.Where(entry => entry.Sequence >= range.First && entry.Sequence <= range.Last)),
            await _host.Journal.ReadEntriesAsync(others, CancellationToken.None));
        Assert.Equal(4, statements.Count);
    }

    [Fact]
    public async Task Damage_far_into_a_long_commit_names_this_commit()
    {
        CommitChain chain = new(_host.Clock);
        Commit commit = chain.AddCredits(Enumerable.Range(1, 40 * CommitBody.EntriesPerBlock).Select(points => (long)points));
        Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, CancellationToken.None));
        Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(chain.AddCredits(1), CancellationToken.None));
        await _host.Sql.RunAsync(
            "UPDATE journal_commit SET body = substring(body FROM 1 FOR 8192) || decode(repeat('ff', octet_length(body) - 8192), 'hex') WHERE first_sequence = 1");
        JournalDamagedException damage = await Assert.ThrowsAsync<JournalDamagedException>(async () => await _host.Journal.ReadEntriesAsync(
            [new EntryRange(new Sequence(1), new Sequence(2)), new EntryRange(commit.Last, commit.Last.Next)], CancellationToken.None));
        Assert.Equal((commit.First, commit.Last, commit.Id), (damage.First, damage.Last, damage.Commit));
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
