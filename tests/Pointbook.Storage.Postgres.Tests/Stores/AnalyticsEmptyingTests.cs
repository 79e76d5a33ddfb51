using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pointbook.Clusters;
using Pointbook.Engine;
using Pointbook.Engine.Analytics;
using Pointbook.Storage.Postgres.Analytics;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Stores;

/// <summary>Large analytics tables are emptied in moments, and their readers keep their views and rights.</summary>
public sealed class AnalyticsEmptyingTests(SharedCluster shared) : IAsyncLifetime
{
    private const int Rows = (5 * AnalyticsEmptying.PieceRows) + 7;

    private string _database = "";
    private Sql? _sql;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Sql Sql => _sql ?? throw new InvalidOperationException("The test has not begun.");

    public async ValueTask InitializeAsync()
    {
        _database = await shared.TakeDatabaseAsync();
        _sql = await Sql.OpenAsync(_database);
        await Sql.RunAsync("DROP ROLE IF EXISTS emptying_analyst, emptying_clerk, emptying_server; CREATE ROLE emptying_analyst; CREATE ROLE emptying_clerk; CREATE ROLE emptying_server LOGIN PASSWORD 'x'");
    }

    public async ValueTask DisposeAsync()
    {
        await Sql.RunAsync(
            """
            DROP SCHEMA IF EXISTS analytics, bi CASCADE;
            DROP OWNED BY emptying_analyst, emptying_clerk, emptying_server;
            DROP ROLE emptying_analyst, emptying_clerk, emptying_server
            """);
        await Sql.DisposeAsync();
        await shared.ReturnDatabaseAsync(_database);
    }

    [Fact]
    public async Task Large_tables_that_no_partition_needs_any_more_are_truncated_for_all_partitions()
    {
        await using PostgresAnalytics store = await FilledAsync(partitions: 3);
        long file = await FileAsync();
        await Sql.RunAsync("CREATE SCHEMA bi; CREATE VIEW bi.report AS SELECT payer, sum(points) AS points FROM analytics.balance GROUP BY payer");
        await Sql.RunAsync("GRANT USAGE ON SCHEMA analytics TO emptying_analyst; GRANT SELECT ON analytics.history TO emptying_analyst");

        // The partitions find out one after another that they must start over. The last one truncates.
        Assert.False(await store.EmptyAsync(0, Token));
        Assert.False(await store.EmptyAsync(1, Token));
        await EmptyAsync(2);
        Assert.NotEqual(file, await FileAsync());
        Assert.Equal(0, await Sql.ScalarAsync<long>("SELECT count(*) FROM analytics.entry"));
        for (int partition = 0; partition < 3; partition++)
        {
            Assert.Equal(AnalyticsPosition.Start, await store.ReadPositionAsync(partition, Token));
        }

        Assert.Equal(0, await Sql.ScalarAsync<long>("SELECT count(*) FROM bi.report"));
        await Sql.RunAsync("SET ROLE emptying_analyst; SELECT * FROM analytics.history; RESET ROLE");
    }

    [Fact]
    public async Task Rows_that_another_partition_needs_stay()
    {
        await using PostgresAnalytics store = await FilledAsync(partitions: 2);
        long file = await FileAsync();
        int calls = 1;
        while (!await store.EmptyAsync(1, Token))
        {
            calls++;
        }

        Assert.Equal(7, calls);
        Assert.Equal(file, await FileAsync());
        Assert.Equal((Rows, 0L), (await CountAsync(0), await CountAsync(1)));
        Assert.False((await store.ReadPositionAsync(0, Token)).IsEmptying);
    }

    [Fact]
    public async Task Tables_that_a_table_of_others_refers_to_are_emptied_by_deleting_rows()
    {
        ListLogger log = new();
        await using PostgresAnalytics store = await FilledAsync(partitions: 1, log);
        log.Clear();
        await Sql.RunAsync(
            """
            CREATE SCHEMA bi;
            CREATE TABLE bi.note (partition integer, sequence bigint, FOREIGN KEY (partition, sequence) REFERENCES analytics.entry ON DELETE CASCADE);
            INSERT INTO bi.note VALUES (0, 1), (0, 2);
            """);
        long file = await FileAsync();
        int calls = 1;
        while (!await store.EmptyAsync(0, Token))
        {
            calls++;
        }

        Assert.Equal((7, file), (calls, await FileAsync()));
        Assert.Equal(0, await CountAsync(0));
        Assert.EndsWith("cannot truncate a table referenced in a foreign key constraint", Assert.Single(log.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_key_that_keeps_rows_is_named_and_the_tables_are_emptied_after_it_is_gone()
    {
        await using PostgresAnalytics store = await FilledAsync(partitions: 1);
        await Sql.RunAsync(
            """
            CREATE SCHEMA bi;
            CREATE TABLE bi.note (partition integer, sequence bigint, CONSTRAINT note_of_entry FOREIGN KEY (partition, sequence) REFERENCES analytics.entry);
            INSERT INTO bi.note VALUES (0, 1)
            """);
        StorageFailureException kept = await Assert.ThrowsAsync<StorageFailureException>(async () => await store.EmptyAsync(0, Token));
        Assert.EndsWith(
            "the foreign key note_of_entry of bi.note keeps rows that the server must delete. Drop it, or declare it ON DELETE CASCADE.",
            kept.Message,
            StringComparison.Ordinal);

        await Sql.RunAsync("ALTER TABLE bi.note DROP CONSTRAINT note_of_entry");
        await EmptyAsync(0);
        Assert.Equal(0, await CountAsync(0));
    }

    [Fact]
    public async Task A_query_that_runs_long_delays_other_readers_briefly_and_rows_are_deleted_meanwhile()
    {
        ListLogger log = new();
        await using PostgresAnalytics store = await FilledAsync(partitions: 1, log);
        log.Clear();
        await using NpgsqlConnection reader = new($"{_database};Pooling=false");
        await reader.OpenAsync(Token);
        await using NpgsqlTransaction transaction = await reader.BeginTransactionAsync(Token);
        await ReadAsync(reader);

        long began = Stopwatch.GetTimestamp();
        Task<bool> first = store.EmptyAsync(0, Token).AsTask();
        while (!first.IsCompleted)
        {
            // Later readers wait behind the lock that the store waits for.
            await Sql.ScalarAsync<long>("SELECT count(*) FROM analytics.open_lot");
        }

        Assert.False(await first);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        Assert.Equal(Rows - AnalyticsEmptying.PieceRows, await CountAsync(0));

        // The store does not try again at once, and the reader goes on with what it has begun.
        Assert.False(await store.EmptyAsync(0, Token));
        Assert.Equal(Rows - (2 * AnalyticsEmptying.PieceRows), await CountAsync(0));
        await ReadAsync(reader);
        await transaction.RollbackAsync(Token);
        Assert.EndsWith("queries of others keep them in use", Assert.Single(log.Messages), StringComparison.Ordinal);

        await EmptyAsync(0);
        Assert.Equal(0, await CountAsync(0));
    }

    [Fact]
    public async Task Tables_of_another_version_leave_their_rights_to_their_successors_and_dropped_views_are_named()
    {
        await (await FilledAsync(partitions: 1)).DisposeAsync();
        await Sql.RunAsync(
            """
            GRANT USAGE ON SCHEMA analytics TO emptying_analyst, emptying_clerk;
            ALTER DEFAULT PRIVILEGES IN SCHEMA analytics GRANT SELECT ON TABLES TO emptying_analyst;
            GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO emptying_analyst;
            REVOKE SELECT ON analytics.account, analytics.balance, analytics.open_lot, analytics.pending_spend, analytics.history FROM emptying_analyst;
            GRANT SELECT ON analytics.balance TO emptying_clerk WITH GRANT OPTION;
            GRANT SELECT (sequence, kind, points) ON analytics.operation TO emptying_clerk;
            GRANT SELECT ON analytics.lot TO PUBLIC;
            DROP TABLE analytics.hold CASCADE;
            CREATE SCHEMA bi;
            CREATE VIEW bi.report AS SELECT payer, sum(points) AS points FROM analytics.account_balance GROUP BY payer;
            CREATE VIEW bi."Second report" AS SELECT * FROM bi.report;
            UPDATE analytics.export_schema SET version = 99
            """);
        List<string> before = await GrantsAsync();

        string message = await ReplaceAsync(_database);
        // Tables and views that did not exist have default privileges.
        Assert.Equal(before, (await GrantsAsync()).Where(grant => !grant.StartsWith("hold ", StringComparison.Ordinal) && !grant.StartsWith("pending_spend ", StringComparison.Ordinal)));
        Assert.Contains("bi.\"Second report\", bi.report", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_of_another_version_leave_tables_of_others_in_the_schema_alone()
    {
        string server = await CreateAsServerAsync();
        await Sql.RunAsync(
            """
            CREATE TABLE analytics.region (code text);
            GRANT SELECT ON analytics.region TO emptying_analyst;
            CREATE VIEW analytics.region_list AS SELECT code FROM analytics.region;
            CREATE VIEW analytics.report AS SELECT payer, sum(points) AS points FROM analytics.balance GROUP BY payer;
            CREATE TABLE analytics.note (partition integer, opening bigint, CONSTRAINT note_of_account FOREIGN KEY (partition, opening) REFERENCES analytics.account);
            UPDATE analytics.export_schema SET version = 99
            """);

        string message = await ReplaceAsync(server);
        Assert.EndsWith(
            "; views of others that used them were dropped and must be created again: analytics.report"
            + "; foreign keys of others that referred to them were dropped and must be created again: note_of_account of analytics.note",
            message,
            StringComparison.Ordinal);
        await Sql.RunAsync("SELECT * FROM analytics.region_list, analytics.note; SET ROLE emptying_analyst; SELECT * FROM analytics.region; RESET ROLE");
    }

    [Fact]
    public async Task Tables_of_another_version_that_cannot_be_replaced_are_not_locked_again_at_once()
    {
        string server = await CreateAsServerAsync();
        await Sql.RunAsync("ALTER TABLE analytics.operation OWNER TO CURRENT_USER; UPDATE analytics.export_schema SET version = 99");
        await using PostgresAnalytics store = PostgresAnalytics.Create(server, NullLogger.Instance);
        StorageFailureException refused = await Assert.ThrowsAsync<StorageFailureException>(async () => await store.ReadPositionAsync(0, Token));
        Assert.Contains("could not replace: ", refused.Message, StringComparison.Ordinal);

        await Sql.RunAsync("ALTER TABLE analytics.operation OWNER TO emptying_server");
        Assert.Equal(refused.Message, (await Assert.ThrowsAsync<StorageFailureException>(async () => await store.ReadPositionAsync(0, Token))).Message);
        await ReplaceAsync(server);
    }

    [Fact]
    public async Task Tables_of_another_version_are_not_locked_for_long_while_a_query_uses_a_materialized_view_on_them()
    {
        await (await FilledAsync(partitions: 1)).DisposeAsync();
        await Sql.RunAsync(
            """
            CREATE SCHEMA bi;
            CREATE MATERIALIZED VIEW bi.summary AS SELECT kind, count(*) FROM analytics.entry GROUP BY kind;
            UPDATE analytics.export_schema SET version = 99
            """);
        await using NpgsqlConnection reader = new($"{_database};Pooling=false");
        await reader.OpenAsync(Token);
        await using NpgsqlTransaction transaction = await reader.BeginTransactionAsync(Token);
        await ReadAsync(reader, "bi.summary");

        await using PostgresAnalytics store = PostgresAnalytics.Create(_database, NullLogger.Instance);
        long began = Stopwatch.GetTimestamp();
        StorageFailureException refused = await Assert.ThrowsAsync<StorageFailureException>(async () => await store.ReadPositionAsync(0, Token));
        Assert.EndsWith("once their queries and transactions have ended.", refused.Message, StringComparison.Ordinal);
        // Elsewhere, the store's connections wait 30 s for a lock.
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(25));

        await transaction.RollbackAsync(Token);
        Assert.EndsWith(": bi.summary", await ReplaceAsync(_database), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_of_another_version_that_a_query_uses_are_replaced_after_it()
    {
        await (await FilledAsync(partitions: 1)).DisposeAsync();
        await Sql.RunAsync("UPDATE analytics.export_schema SET version = 99");
        await using NpgsqlConnection reader = new($"{_database};Pooling=false");
        await reader.OpenAsync(Token);
        await using NpgsqlTransaction transaction = await reader.BeginTransactionAsync(Token);
        await ReadAsync(reader);

        await using PostgresAnalytics store = PostgresAnalytics.Create(_database, NullLogger.Instance);
        for (int attempt = 0; attempt < 2; attempt++)
        {
            long began = Stopwatch.GetTimestamp();
            StorageFailureException refused = await Assert.ThrowsAsync<StorageFailureException>(async () => await store.ReadPositionAsync(0, Token));
            Assert.EndsWith("once their queries and transactions have ended.", refused.Message, StringComparison.Ordinal);
            // The first attempt waits for the view "balance" as long as for two tables. The second one does not wait.
            Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromSeconds(attempt == 0 ? 3 : 0), TimeSpan.FromSeconds(30));
        }

        await ReadAsync(reader);
        await transaction.RollbackAsync(Token);
        await ReplaceAsync(_database);
    }

    private static async Task ReadAsync(NpgsqlConnection reader, string relation = "analytics.history")
    {
        await using NpgsqlCommand command = new($"SELECT count(*) FROM {relation}", reader);
        await command.ExecuteScalarAsync(Token);
    }

    /// <summary>Replaces tables of another version. A machine that stalls for a moment may delay the locks for longer than a store waits, so other stores repeat it.</summary>
    /// <returns>What the store logged about it.</returns>
    private static async Task<string> ReplaceAsync(string database)
    {
        ListLogger log = new();
        await Eventually.TrueAsync(async () =>
        {
            await using PostgresAnalytics store = PostgresAnalytics.Create(database, log);
            try
            {
                return (await store.ReadPositionAsync(0, Token)).IsEmptying;
            }
            catch (StorageFailureException refused) when (refused.Message.Contains("keep in use", StringComparison.Ordinal))
            {
                return false;
            }
        });
        return Assert.Single(log.Messages);
    }

    /// <summary>Empties a partition, with as many stores as it takes, because a store that could not lock the tables does not try again at once.</summary>
    private Task EmptyAsync(int partition) => Eventually.TrueAsync(async () =>
    {
        await using PostgresAnalytics store = PostgresAnalytics.Create(_database, NullLogger.Instance);
        return await store.EmptyAsync(partition, Token);
    });

    /// <summary>Creates the tables as a user that is no superuser.</summary>
    /// <returns>The connection string of this user.</returns>
    private async Task<string> CreateAsServerAsync()
    {
        await Sql.RunAsync("CREATE SCHEMA analytics AUTHORIZATION emptying_server; GRANT USAGE ON SCHEMA analytics TO emptying_analyst");
        string server = new NpgsqlConnectionStringBuilder(_database) { Username = "emptying_server", Password = "x" }.ToString();
        await using PostgresAnalytics store = PostgresAnalytics.Create(server, NullLogger.Instance);
        Assert.True((await store.ReadPositionAsync(0, Token)).IsEmptying);
        return server;
    }

    /// <summary>Creates the tables, and gives each partition a position and many rows.</summary>
    private async Task<PostgresAnalytics> FilledAsync(int partitions, ILogger? logger = null)
    {
        PostgresAnalytics store = PostgresAnalytics.Create(_database, logger ?? NullLogger.Instance);
        await store.ReadPositionAsync(0, Token);
        foreach (string table in new[] { "entry", "operation", "lot", "account_balance", "hold", "account", "export_position" })
        {
            // An autovacuum that holds a lock gives way only after a second.
            await Sql.RunAsync($"ALTER TABLE analytics.{table} SET (autovacuum_enabled = false)");
        }

        for (int partition = 0; partition < partitions; partition++)
        {
            Assert.True(await store.EmptyAsync(partition, Token));
            CommitChain chain = new(TimeProvider.System, partition);
            Assert.True(await store.ApplyAsync(AnalyticsRound.From(AnalyticsPosition.Start, [chain.AddCredits(1)]), Token));
            await Sql.RunAsync(
                $"""
                INSERT INTO analytics.entry (partition, sequence, operation, opening, kind, points, lot_points, recorded_at, decided_at)
                SELECT {partition}, number, number, 1, 'flush', 0, 0, now(), now() FROM generate_series(2, {Rows}) AS number
                """);
        }

        return store;
    }

    private Task<long> FileAsync() => Sql.ScalarAsync<long>("SELECT pg_relation_filenode('analytics.entry')::bigint");

    private Task<long> CountAsync(int partition) => Sql.ScalarAsync<long>($"SELECT count(*) FROM analytics.entry WHERE partition = {partition}");

    private async Task<List<string>> GrantsAsync() => await Sql.QueryAsync(
        """
        SELECT format('%s %s %s %s %s', relname, attname, grantee::regrole, privilege_type, is_grantable)
        FROM (
            SELECT relname, NULL::name AS attname, relowner, acl.* FROM pg_class CROSS JOIN aclexplode(relacl) AS acl WHERE relnamespace = 'analytics'::regnamespace
            UNION ALL
            SELECT relname, attname, relowner, acl.* FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid CROSS JOIN aclexplode(attacl) AS acl
            WHERE relnamespace = 'analytics'::regnamespace
        ) AS item
        WHERE grantee <> relowner
        ORDER BY 1
        """,
        row => row.GetString(0));
}
