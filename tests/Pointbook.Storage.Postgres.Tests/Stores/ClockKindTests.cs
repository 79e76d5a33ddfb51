using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Clusters;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Stores;

/// <summary>A store keeps forever the kind of clock that it was first used with.</summary>
public sealed class ClockKindTests(SharedCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_first_claim_counts_whatever_the_order_of_the_databases(bool isTest)
    {
        string[] databases = [await CreateDatabaseAsync(), await CreateDatabaseAsync()];
        await using (PostgresStore store = await OpenAsync(databases))
        {
            Assert.Equal(isTest, await store.ClaimClockAsync(isTest, Token));
            Assert.Equal(isTest, await store.ClaimClockAsync(!isTest, Token));
        }

        await using PostgresStore again = await OpenAsync(databases[1], databases[0]);
        Assert.Equal(isTest, await again.ClaimClockAsync(!isTest, Token));
    }

    [Fact]
    public async Task Servers_that_claim_the_clock_kind_at_once_get_the_same_answer()
    {
        string database = await CreateDatabaseAsync();
        await using PostgresStore store = await OpenAsync(database);
        bool[] claims = await Task.WhenAll(Enumerable.Range(0, 10).Select(number => Task.Run(() => store.ClaimClockAsync(number % 2 == 0, Token), Token)));
        Assert.Single(claims.Distinct());
    }

    [Fact]
    public async Task A_failing_database_gives_no_answer()
    {
        string database = await CreateDatabaseAsync();
        await using PostgresStore store = await OpenAsync(database);
        await using (Sql sql = await Sql.OpenAsync(database))
        {
            await sql.RunAsync("DROP TABLE clock_kind");
        }

        await Assert.ThrowsAsync<StoreException>(() => store.ClaimClockAsync(isTest: false, Token));
    }

    [Theory]
    [InlineData(-3_650)]
    [InlineData(3_650)]
    public async Task Commits_of_a_test_clock_are_not_compared_with_the_clock_of_the_database(int days)
    {
        PostgresStoreOptions options = new() { ConnectionStrings = [await CreateDatabaseAsync()], Partitions = 1 };
        Instant time = Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()).PlusClamped(TimeSpan.FromDays(days));
        CommitChain chain = new(TimeProvider.System);
        Commit commit = chain.Fork([Given.Credit(chain.Next)], new CommitTime(time, time));
        await using (PostgresStore real = await PostgresStore.OpenAsync(options, NullLogger.Instance, Token))
        {
            Assert.Equal(days < 0 ? AppendResult.Late : AppendResult.Early, await real.Partitions[0].Journal.AppendAsync(commit, Token));
        }

        options.TrustClock();
        await using PostgresStore test = await PostgresStore.OpenAsync(options, NullLogger.Instance, Token);
        Assert.Equal(AppendResult.Appended, await test.Partitions[0].Journal.AppendAsync(commit, Token));
    }

    private static Task<PostgresStore> OpenAsync(params string[] databases) => PostgresStore.OpenAsync(
        new PostgresStoreOptions { ConnectionStrings = databases, Partitions = 2 }, NullLogger.Instance, Token);

    private async Task<string> CreateDatabaseAsync() => await (await shared.GetAsync()).CreateDatabaseAsync();
}
