using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Clusters;
using Pointbook.Engine.Hosting;
using Pointbook.Storage.Postgres.Tests.Support;

namespace Pointbook.Storage.Postgres.Tests.Stores;

/// <summary>Once a store required callers to authenticate, it records this forever, whatever the order of its databases.</summary>
public sealed class SecuredTests(SharedCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_stays_marked_or_unmarked_after_reopening()
    {
        string[] databases = [await CreateDatabaseAsync(), await CreateDatabaseAsync()];
        await using (PostgresStore store = await OpenAsync(databases))
        {
            Assert.False(await store.WasSecuredAsync(Token));
        }

        await using (PostgresStore store = await OpenAsync(databases[1], databases[0]))
        {
            Assert.False(await store.WasSecuredAsync(Token));
            await store.MarkSecuredAsync(Token);
            await store.MarkSecuredAsync(Token);
            Assert.True(await store.WasSecuredAsync(Token));
        }

        await using PostgresStore again = await OpenAsync(databases);
        Assert.True(await again.WasSecuredAsync(Token));
    }

    [Fact]
    public async Task Many_processes_can_mark_a_store_at_once()
    {
        await using PostgresStore store = await OpenAsync(await CreateDatabaseAsync());
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => store.MarkSecuredAsync(Token), Token)));
        Assert.True(await store.WasSecuredAsync(Token));
    }

    [Fact]
    public async Task A_failing_database_answers_neither_yes_nor_no()
    {
        string database = await CreateDatabaseAsync();
        await using PostgresStore store = await OpenAsync(database);
        await using (Sql sql = await Sql.OpenAsync(database))
        {
            await sql.RunAsync("DROP TABLE secured");
        }

        await Assert.ThrowsAsync<StoreException>(() => store.WasSecuredAsync(Token));
        await Assert.ThrowsAsync<StoreException>(() => store.MarkSecuredAsync(Token));
    }

    private static Task<PostgresStore> OpenAsync(params string[] databases) => PostgresStore.OpenAsync(
        new PostgresStoreOptions { ConnectionStrings = databases, Partitions = 2 }, NullLogger.Instance, Token);

    private async Task<string> CreateDatabaseAsync() => await (await shared.GetAsync()).CreateDatabaseAsync();
}
