using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Journals;

/// <summary>Several processes erase texts of one journal and read it at the same time.</summary>
public sealed class ErasureTests(SharedCluster shared) : IAsyncLifetime
{
    private const int Commits = 20;

    private static readonly AccountErasure Alice = new(new Sequence(1), new Sequence((2 * Commits) - 1));
    private static readonly AccountErasure Bob = new(new Sequence(2), new Sequence(2 * Commits));

    private readonly PostgresHost _host = new(shared);
    private CommitChain _chain = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        for (int commit = 0; commit < Commits; commit++)
        {
            Sequence next = _chain.Next;
            _chain.Add([Credit(next, "alice"), Credit(next.Next, "bob")]);
            Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(_chain.Commits[^1], Token));
        }
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Two_processes_that_erase_accounts_of_the_same_commits_do_not_undo_each_other()
    {
        await StoreAsync();
        await using PostgresStore other = await PostgresStore.OpenAsync(_host.Options, NullLogger.Instance, Token);
        await Task.WhenAll(EraseAsync(_host.Journal, Alice), EraseAsync(other.Partitions[0].Journal, Bob), EraseAsync(other.Partitions[0].Journal, Alice));

        foreach (Commit commit in await StoreAssert.ReadAllAsync(_host.Journal))
        {
            Assert.Equal(["~erased-1", "~erased-2"], commit.Entries.Select(entry => entry.Account.Value));
            Assert.All(commit.Entries, entry => Assert.Null(entry.Origin));
            Assert.All(commit.Bytes.Texts.ToArray(), value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public async Task One_process_purges_at_a_time_and_the_others_do_not_wait_on_connections()
    {
        // JournalEraser uses this number.
        await _host.Sql.RunAsync("SELECT pg_advisory_lock(7046029254386353131)");
        Assert.False(await _host.Journal.PurgeErasedAsync(Token));
        await _host.Sql.RunAsync("SELECT pg_advisory_unlock(7046029254386353131)");
        Assert.True(await _host.Journal.PurgeErasedAsync(Token));
        Assert.True(await _host.Journal.PurgeErasedAsync(Token));
    }

    [Fact]
    public async Task A_process_that_knows_an_erased_account_finds_it_erased_and_not_damaged()
    {
        await StoreAsync();
        await using PostgresStore other = await PostgresStore.OpenAsync(_host.Options, NullLogger.Instance, Token);
        IJournal reader = other.Partitions[0].Journal;
        EntryRange last = new(Alice.Sequence, Bob.Sequence);
        Assert.Equal(_chain.Commits[^1].Entries, await reader.ReadEntriesAsync([last], Token));

        await EraseAsync(_host.Journal, Alice);
        IReadOnlyList<Entry> entries = await reader.ReadEntriesAsync([last], Token);
        Assert.Equal(["~erased-1", "bob"], entries.Select(entry => entry.Account.Value));
        Assert.Equal([null, "order of bob"], entries.Select(entry => entry.Origin?.Reference));
        Assert.Equal("~erased-1", (await reader.ReadOperationsAsync([Alice.Sequence], withSums: true, Token))[0].First.Account.Value);
        await foreach (Commit commit in reader.ReadCommitsAsync(new Sequence(10), Token))
        {
            Assert.Equal(["~erased-1", "bob"], commit.Entries.Select(entry => entry.Account.Value));
        }
    }

    [Fact]
    public async Task Nothing_is_erased_while_the_tables_are_rebuilt()
    {
        await StoreAsync();
        await _host.AccountStore.ResetAsync(Token);
        Assert.Null(await _host.Journal.EraseTextsAsync(Alice, Alice.Opening, Token));
        Assert.Equal("alice", (await _host.Journal.ReadEntriesAsync([new EntryRange(Alice.Opening, Alice.Opening)], Token))[0].Account.Value);
        await StoreAsync();
        Assert.Equal(Sequence.Zero, await _host.Journal.EraseTextsAsync(Alice, Alice.Opening, Token));
    }

    private static Entry Credit(Sequence sequence, string account) =>
        Given.Credit(sequence, account: account) with { Origin = new Origin { Reference = $"order of {account}" } };

    private static async Task EraseAsync(IJournal journal, AccountErasure erasure)
    {
        Assert.NotNull(await journal.EraseTextsAsync(erasure, erasure.Opening, Token));
        for (Sequence? next = erasure.Sequence; next > Sequence.Zero;)
        {
            next = await journal.EraseTextsAsync(erasure, next.Value, Token);
        }
    }

    private async Task StoreAsync() => Assert.True(await _host.AccountStore.ApplyAsync(SnapshotRound.From(_chain.Commits), Token));
}
