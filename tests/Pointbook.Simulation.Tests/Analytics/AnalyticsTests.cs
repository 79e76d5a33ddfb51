using System.Diagnostics;
using Npgsql;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Postgres;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Analytics;

/// <summary>Real servers export to analytics tables. Whatever happens to the tables, they serve as they do without them.</summary>
public sealed class AnalyticsTests(SharedCluster shared) : IDisposable
{
    // A start takes about a second, and a stop waits at most two seconds for analytics. The rest is for a busy machine.
    private static readonly TimeSpan StartMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StopMax = TimeSpan.FromMinutes(1);

    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task Without_the_option_there_is_no_schema_and_no_file()
    {
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName))
        {
            await AssertServesAsync(server);
            await server.StopAsync();
        }

        Assert.DoesNotContain(Directory.GetFiles(_directory.FullName), file => file.Contains("analytics", StringComparison.Ordinal));

        await using Fleet fleet = await Fleet.CreateAsync(shared);
        await fleet.Add("--Storage:Partitions", "2").StartAsync();
        await AssertServesAsync(fleet.Nodes[0].Process);
        Assert.Empty(new PostgresDatabase(fleet.Databases[0]).Read("SELECT nspname FROM pg_namespace WHERE nspname = 'analytics'", row => row.GetString(0)));
        await fleet.StopAllAsync();
    }

    [Fact]
    public async Task Two_servers_under_load_export_every_entry_once_even_if_one_is_killed()
    {
        await using Fleet fleet = await Fleet.CreateAsync(shared);
        string[] options = ["--Storage:Partitions", "3", "--Analytics:Enabled", "true", "--Analytics:RoundEntriesMax", "7", "--Analytics:Delay", "00:00:00.01"];
        fleet.Add(options);
        fleet.Add(options);
        await fleet.StartAllAsync();
        WriteLog log = new();
        Load load = Load.StartLasting(fleet.Nodes, log, Seeded.Seed, clients: 12, answersWanted: 300);
        await load.WaitUntilBusyAsync();
        for (int kill = 0; kill < 3; kill++)
        {
            await fleet.Nodes[0].KillAsync();
            await fleet.Nodes[0].StartAsync();
            await load.WaitForAnswersAsync(200);
        }

        await load.FinishAsync(isOver: true);
        await fleet.WaitUntilReadyAsync();
        await Load.RepeatUnansweredAsync(fleet.Nodes[1].Process, log);
        PostgresDatabase database = new(fleet.Databases[0]);
        await Eventually.TrueAsync(
            () => Task.FromResult(Number(database, "SELECT sum(last_sequence)::bigint FROM analytics.export_position")
                == Number(database, "SELECT sum(last)::bigint FROM (SELECT max(last_sequence) AS last FROM journal_commit GROUP BY partition) AS journal")),
            Deadline.Short,
            () => $"The tables do not catch up.\n{fleet.Nodes[1]}");
        await fleet.StopAllAsync();
        AssertAgree(new StoreAudit(fleet.Databases), database);
    }

    [Fact]
    public async Task A_hanging_database_delays_no_start_command_read_or_stop()
    {
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync();
        string[] options = ["--Analytics:Enabled", "true", "--Analytics:Delay", "00:00:00.01", "--Analytics:ConnectionString", await cluster.CreateDatabaseAsync()];
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, options))
        {
            await server.WaitForLogAsync("contain the whole journal");
            cluster.Suspend();
            await AssertServesAsync(server);
            await AssertStopsAsync(server);
        }

        long began = Stopwatch.GetTimestamp();
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, options))
        {
            Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, StartMax);
            await AssertServesAsync(server);
            await server.WaitForLogAsync("can't update the analytics tables");
            cluster.Resume();
            await server.WaitForLogAsync("The server updates the analytics tables");
            await AssertStopsAsync(server);
        }
    }

    [Theory]
    [InlineData("--Analytics:ConnectionString", "Host=127.0.0.1;Port=1;Database=nowhere;Username=nobody")]
    [InlineData("--Analytics:File", "/")]
    [InlineData("--Analytics:File", "pointbook.db")]
    [InlineData("--Analytics:File", "pointbook.keys.db")]
    [InlineData("--Analytics:File", "missing/directory/analytics.db")]
    public async Task Tables_that_cannot_be_written_are_logged_once_and_affect_nothing_else(string option, string value)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory.FullName, "--Analytics:Enabled", "true", "--Analytics:RetryDelay", "00:00:00.01", option, value);
        await server.WaitForLogAsync("can't update the analytics tables");
        await AssertServesAsync(server);
        await AssertStopsAsync(server);
        Assert.Single(server.Log, line => line.Contains("can't update the analytics tables", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_overwritten_file_is_named_in_the_log_and_refilled_once_it_is_deleted()
    {
        string file = _directory.File("pointbook.analytics.db");
        await File.WriteAllTextAsync(file, new string('x', 10_000), TestContext.Current.CancellationToken);
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, "--Analytics:Enabled", "true", "--Analytics:RetryDelay", "00:00:00.01");
        await server.WaitForLogAsync("Delete the file. The server then creates and fills a new one.");
        await AssertServesAsync(server);
        File.Delete(file);
        await server.WaitForLogAsync("The server updates the analytics tables");
        await AssertStopsAsync(server);
    }

    [Fact]
    public async Task A_ledger_on_SQLite_can_export_to_PostgreSQL()
    {
        PostgresCluster cluster = await shared.GetAsync();
        string place = await cluster.CreateDatabaseAsync();
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory.FullName, "--Analytics:Enabled", "true", "--Analytics:Delay", "00:00:00.01", "--Analytics:ConnectionString", place);
        await AssertServesAsync(server);
        PostgresDatabase database = new(place);
        await server.WaitForLogAsync("contain the whole journal");
        await Eventually.TrueAsync(() => Number(database, "SELECT coalesce(sum(points), 0)::bigint FROM analytics.balance WHERE account = 'shopper'") == 2);
        await AssertStopsAsync(server);
    }

    public void Dispose() => _directory.Dispose();

    private static async Task AssertServesAsync(ServerProcess server)
    {
        using LedgerClient client = server.NewClient();
        Assert.True((await client.AddAsync("shopper", "DANNON", 3, "2020-10-31T10:00:00Z")).IsDone);
        Assert.True((await client.SpendAsync("shopper", 1)).IsDone);
        Assert.NotEqual(0, await client.TotalAsync("shopper"));
        Assert.True((await client.GetAsync("/v1/accounts/shopper/transactions")).IsDone);
        Assert.True((await client.GetAsync("/health/ready")).IsDone);
    }

    private static async Task AssertStopsAsync(ServerProcess server)
    {
        long began = Stopwatch.GetTimestamp();
        await server.StopAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, StopMax);
    }

    /// <summary>Checks that the tables equal the result of an audit of the journals, which shares no code with the ledger.</summary>
    private static void AssertAgree(StoreAudit audit, PostgresDatabase database)
    {
        Assert.Equal(audit.Entries, Number(database, "SELECT count(*) FROM analytics.entry"));
        Assert.Equal(audit.Operations.Count, Number(database, "SELECT count(*) FROM analytics.operation"));
        Assert.Equal(
            audit.Accounts.SelectMany(account => account.Payers.Select(payer => $"{account.Name}/{payer.Name}/{payer.Points}/{payer.Outstanding}")).Order(StringComparer.Ordinal),
            database.Read("SELECT account, payer, points, unpaid_deductions FROM analytics.balance", row => $"{row.GetString(0)}/{row.GetString(1)}/{row.GetInt64(2)}/{row.GetInt64(3)}")
                .Order(StringComparer.Ordinal));
        Assert.Equal(
            audit.Accounts.Sum(account => account.OpenLots.Sum(lot => lot.Value.Remaining)),
            Number(database, "SELECT sum(remaining)::bigint FROM analytics.open_lot"));
    }

    private static long Number(PostgresDatabase database, string sql)
    {
        try
        {
            return database.Read(sql, row => row.IsDBNull(0) ? -1 : row.GetInt64(0))[0];
        }
        catch (PostgresException failure) when (failure.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            // The tables do not exist yet.
            return -1;
        }
    }
}
