using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pointbook.Clusters;
using Pointbook.Engine;
using Pointbook.Engine.Analytics;
using Pointbook.Storage.Postgres.Analytics;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Stores;

/// <summary>The schema of the analytics tables: which process creates it, which user may, and how its comments describe it.</summary>
public sealed class AnalyticsSchemaTests(SharedCluster shared) : IAsyncLifetime
{
    private string _database = "";
    private Sql? _sql;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Sql Sql => _sql ?? throw new InvalidOperationException("The test has not begun.");

    public async ValueTask InitializeAsync()
    {
        _database = await shared.TakeDatabaseAsync();
        _sql = await Sql.OpenAsync(_database);
    }

    public async ValueTask DisposeAsync()
    {
        await Sql.DisposeAsync();
        await shared.ReturnDatabaseAsync(_database);
    }

    [Fact]
    public async Task Every_table_and_every_view_has_a_comment()
    {
        await using PostgresAnalytics store = PostgresAnalytics.Create(_database, NullLogger.Instance);
        await store.ReadPositionAsync(0, Token);
        List<string> relations = await Sql.QueryAsync(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'analytics'::regnamespace AND relkind IN ('r', 'v') AND obj_description(oid) IS NOT NULL ORDER BY 1",
            row => row.GetString(0));
        Assert.Equal(["account", "account_balance", "balance", "entry", "export_position", "export_schema", "history", "hold", "lot", "open_lot", "operation", "pending_spend"], relations);
    }

    [Fact]
    public async Task Processes_that_start_at_once_create_the_schema_once()
    {
        PostgresAnalytics[] stores = [.. Enumerable.Range(0, 6).Select(_ => PostgresAnalytics.Create(_database, NullLogger.Instance))];
        AnalyticsPosition[] positions = await Task.WhenAll(stores.Select((store, partition) => store.ReadPositionAsync(partition, Token).AsTask()));
        Assert.All(positions, position => Assert.True(position.IsEmptying));
        foreach (PostgresAnalytics store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_process_does_not_change_tables_that_another_version_has_recreated()
    {
        await using PostgresAnalytics store = PostgresAnalytics.Create(_database, NullLogger.Instance);
        await store.ReadPositionAsync(0, Token);
        await Sql.RunAsync("UPDATE analytics.export_schema SET version = 99");
        for (int attempt = 0; attempt < 2; attempt++)
        {
            StorageFailureException refused = await Assert.ThrowsAsync<StorageFailureException>(async () => await store.ReadPositionAsync(0, Token));
            Assert.Contains("Another version", refused.Message, StringComparison.Ordinal);
        }

        // After a statement fails, the store looks for the tables again.
        await Sql.RunAsync("ALTER TABLE analytics.export_position RENAME TO elsewhere");
        await Assert.ThrowsAsync<StorageFailureException>(async () => await store.ReadPositionAsync(0, Token));
        await Assert.ThrowsAsync<StorageFailureException>(async () => await store.ReadPositionAsync(0, Token));

        Assert.Equal(99, await Sql.ScalarAsync<int>("SELECT version FROM analytics.export_schema"));
    }

    [Fact]
    public async Task A_schema_that_is_dropped_while_a_process_runs_is_recreated()
    {
        await using PostgresAnalytics store = PostgresAnalytics.Create(_database, NullLogger.Instance);
        await store.ReadPositionAsync(0, Token);
        await Sql.RunAsync("DROP SCHEMA analytics CASCADE");
        await Assert.ThrowsAsync<StorageFailureException>(async () => await store.ReadPositionAsync(0, Token));
        Assert.True((await store.ReadPositionAsync(0, Token)).IsEmptying);
    }

    [Fact]
    public async Task The_error_of_a_dropped_table_names_it_and_says_what_to_do()
    {
        await using PostgresAnalytics store = PostgresAnalytics.Create(_database, NullLogger.Instance);
        await store.ReadPositionAsync(0, Token);
        await Sql.RunAsync("DROP TABLE analytics.export_position");
        StorageFailureException failure = await Assert.ThrowsAsync<StorageFailureException>(async () => await store.ReadPositionAsync(0, Token));
        Assert.EndsWith("does not exist. Drop the schema. The server then creates a new one.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_owns_the_schema_needs_no_right_to_create_it()
    {
        await Sql.RunAsync("DROP ROLE IF EXISTS exporter; CREATE ROLE exporter LOGIN PASSWORD 'x'");
        await using PostgresAnalytics store = PostgresAnalytics.Create(
            new NpgsqlConnectionStringBuilder(_database) { Username = "exporter", Password = "x" }.ToString(), NullLogger.Instance);
        StorageFailureException refused = await Assert.ThrowsAsync<StorageFailureException>(async () => await store.ReadPositionAsync(0, Token));
        Assert.Contains("permission denied", refused.Message, StringComparison.Ordinal);

        await Sql.RunAsync("CREATE SCHEMA analytics AUTHORIZATION exporter");
        Assert.True((await store.ReadPositionAsync(0, Token)).IsEmptying);
        await Sql.RunAsync("DROP SCHEMA analytics CASCADE; DROP OWNED BY exporter; DROP ROLE exporter");
    }

    [Fact]
    public async Task Each_partition_has_its_own_position_and_rows()
    {
        await using PostgresAnalytics store = PostgresAnalytics.Create(_database, NullLogger.Instance);
        foreach (int partition in new[] { 0, 1 })
        {
            CommitChain chain = new(TimeProvider.System, partition);
            await store.ReadPositionAsync(partition, Token);
            Assert.True(await store.EmptyAsync(partition, Token));
            Assert.True(await store.ApplyAsync(AnalyticsRound.From(AnalyticsPosition.Start, [chain.AddCredits(1, 2)]), Token));
        }

        Assert.False(await store.EmptyAsync(0, Token));
        Assert.True(await store.EmptyAsync(0, Token));
        Assert.Equal(
            [(1, 1L, "default"), (1, 2L, "default")],
            await Sql.QueryAsync(
                "SELECT partition, entry.sequence, account FROM analytics.entry JOIN analytics.account USING (partition, opening) ORDER BY 1, 2",
                row => (row.GetInt32(0), row.GetInt64(1), row.GetString(2))));
    }
}
