using Npgsql;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Operations;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Analytics;

/// <summary>The tests run what docs/operations.md says about analytics, without changes.</summary>
public sealed class AnalyticsManualTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task The_documented_queries_work_on_PostgreSQL_and_the_analyst_role_can_only_read()
    {
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync();
        await PostgresCluster.ExecuteAsync(cluster.AdminConnectionString, "CREATE DATABASE pointbook");
        ManualRunner manualRunner = new(_directory.FullName, cluster.AdminConnectionString);
        string place = new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Database = "pointbook" }.ToString();
        PostgresDatabase database = new(place);
        await using ServerProcess server = await manualRunner.StartServerAsync("Analytics on PostgreSQL");
        await WriteAsync(server);
        await WaitForCountAsync(database, "SELECT count(*) FROM analytics.operation", 5);

        string answer = await manualRunner.RunAsync("Analytics on PostgreSQL");
        Assert.Matches(@"DANNON\s+\|\s+180\n", answer);
        Assert.Matches(@"alice\s+\|\s+180\n", answer);
        Assert.Matches(@"\| spend\s+\|\s+-120 \|\s+180\n", answer);
        Assert.Matches(@"UNILEVER \| 2099-01-01 .* \|\s+7\n", answer);
        Assert.Matches(@"held\s*\n[-+ ]+\n MILLER COORS \|\s+20\n", answer);
        Assert.Matches(@"carol\s+\| \S+\s+\|\s+20 \| 2\d{3}-", answer);

        await PostgresCluster.ExecuteAsync(place, "SET ROLE analyst; SELECT * FROM analytics.history");
        await Assert.ThrowsAsync<PostgresException>(() => PostgresCluster.ExecuteAsync(place, "SET ROLE analyst; DELETE FROM analytics.entry"));
        await Assert.ThrowsAsync<PostgresException>(() => PostgresCluster.ExecuteAsync(place, "SET ROLE analyst; SELECT * FROM journal_commit"));

        await PostgresCluster.ExecuteAsync(place, "UPDATE analytics.operation SET points = 4711");
        await manualRunner.RunAsync("Filling the tables again on PostgreSQL");
        await WaitForCountAsync(database, "SELECT count(*) FROM analytics.operation WHERE points <> 4711", 5);
        await server.StopAsync();
    }

    [Fact]
    public async Task The_documented_queries_work_on_SQLite()
    {
        ManualRunner manualRunner = new(_directory.FullName);
        string path = _directory.File("pointbook-data/pointbook.analytics.db");
        SqliteFile file = new(path);
        await using ServerProcess server = await manualRunner.StartServerAsync("Analytics on SQLite");
        await WriteAsync(server);
        await WaitForCountAsync(file, "SELECT count(*) FROM operation", 5);

        string answer = await manualRunner.RunAsync("Analytics on SQLite");
        Assert.Contains("DANNON|180\nMILLER COORS|30\nUNILEVER|7", answer, StringComparison.Ordinal);
        Assert.Contains("alice|180\ncarol|30\nbob|7", answer, StringComparison.Ordinal);
        Assert.Contains("|spend|-120|180", answer, StringComparison.Ordinal);
        Assert.Contains("UNILEVER|2099-01|7", answer, StringComparison.Ordinal);
        Assert.Contains("MILLER COORS|20\n", answer, StringComparison.Ordinal);
        Assert.Matches(@"carol\|[^|]+\|20\|2\d{3}-", answer);

        await manualRunner.RunAsync("Filling the tables again on SQLite");
        await WaitForCountAsync(file, "SELECT count(*) FROM export_position WHERE is_emptying = 0", 1);
        await WaitForCountAsync(file, "SELECT count(*) FROM operation", 5);

        File.Delete(path);
        await Eventually.TrueAsync(() => File.Exists(path));
        await WaitForCountAsync(file, "SELECT count(*) FROM operation", 5);
        await server.StopAsync();
    }

    public void Dispose() => _directory.Dispose();

    private static async Task WriteAsync(ServerProcess server)
    {
        using LedgerClient client = server.NewClient();
        Assert.True((await client.AddAsync("alice", "DANNON", 300, "2020-10-31T10:00:00Z")).IsDone);
        Assert.True((await client.SpendAsync("alice", 120)).IsDone);
        Assert.True((await client.PostAsync(
            "/v1/accounts/bob/transactions", """{"payer":"UNILEVER","points":7,"timestamp":"2020-10-31T10:00:00Z","expiresAt":"2099-01-15T00:00:00Z"}""")).IsDone);
        Assert.True((await client.AddAsync("carol", "MILLER COORS", 50, "2020-10-31T10:00:00Z")).IsDone);
        Assert.True((await client.PostAsync("/v1/accounts/carol/spends", """{"points":20,"hold":"PT15M"}""")).IsDone);
    }

    private static Task WaitForCountAsync(RawDatabase database, string count, long expected) => Eventually.TrueAsync(
        () => Task.FromResult(TryCount(database, count) == expected), Deadline.Short, () => $"{count} gives {TryCount(database, count)}.");

    private static long? TryCount(RawDatabase database, string count)
    {
        try
        {
            using System.Data.Common.DbConnection connection = database.Open();
            return connection.Read(count, row => row.GetInt64(0))[0];
        }
        catch (System.Data.Common.DbException)
        {
            // The tables do not exist yet.
            return null;
        }
    }
}
