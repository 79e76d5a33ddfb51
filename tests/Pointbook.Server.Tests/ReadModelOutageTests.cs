using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary>While the server cannot write the read model, it refuses only lists of payers and statements. While it cannot build a new one, not even those.</summary>
public sealed class ReadModelOutageTests
{
    private const int RoundFailed = 1040;
    private const int UpdatedAgain = 1041;
    private const int BuildFailed = 1047;
    private const string Statement = "/v1/statement?payer=DANNON&from=2020-10-01&to=2020-11-01";

    [Fact]
    public async Task While_the_read_model_is_locked_everything_else_works_and_its_sums_are_correct_afterwards()
    {
        CollectedLog log = new();
        await using RunningServer server = await RunningServer.StartAsync(
            builder => builder.Logging.AddProvider(log),
            "--Storage:BusyTimeout", "00:00:00.05", "--Query:WaitMax", "00:00:00.2", "--ReadModel:RetryDelay", "00:00:00.01", "--Health:AgeMax", "00:00:00");
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        await WaitForStatusAsync(server, "/v1/payers", 200);
        using (SqliteConnection connection = new($"Data Source={Assert.Single(Directory.GetFiles(server.DataDirectory, "pointbook.read-model.*.db"))};Pooling=False"))
        {
            connection.Open();
            using SqliteTransaction lockedByAnother = connection.BeginTransaction();
            await alice.AddAsync("DANNON", 40);
            await log.WaitForAsync(RoundFailed);
            foreach (string path in (string[])["/v1/payers", Statement])
            {
                Reply refused = (await server.GetAsync(path)).AssertIs(503, "catching_up");
                Assert.Equal("1", refused.Header("Retry-After"));
            }

            Assert.Equal(10, (await alice.SpendAsync(10)).Points);
            Assert.Equal(330, (await alice.BalanceAsync()).Points);
            Assert.Equal(3, (await alice.HistoryAsync()).Items.Count);
            Assert.StartsWith("Ready. The read model can't be updated.", (await server.GetAsync("/health/ready")).AssertIs(200).Body, StringComparison.Ordinal);
            Assert.Single(log.Of(RoundFailed));
        }

        await WaitForStatusAsync(server, "/v1/payers", 200);
        Assert.Contains("\"points\":330", (await server.GetAsync("/v1/payers")).AssertIs(200).Body, StringComparison.Ordinal);
        (await server.GetAsync(Statement)).AssertIs(200);
        await log.WaitForAsync(UpdatedAgain);
        await Eventually.TrueAsync(async () => (await server.GetAsync("/health/ready")).AssertIs(200).Body == "Ready");
    }

    [Fact]
    public async Task While_the_read_model_cannot_be_rebuilt_the_old_one_answers_with_new_figures()
    {
        CollectedLog log = new();
        await using RunningServer server = await RunningServer.StartAsync(
            builder => builder.Logging.AddProvider(log), "--ReadModel:RetryDelay", "00:00:00.01", "--Health:AgeMax", "00:00:00");
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        await alice.AddAsync("UNILEVER", 200);
        await WaitForStatusAsync(server, "/v1/payers", 200);
        string inTheWay = Path.Combine(server.DataDirectory, "pointbook.read-model.2.db-wal");
        Directory.CreateDirectory(inTheWay);
        using (SqliteConnection connection = new($"Data Source={Assert.Single(Directory.GetFiles(server.DataDirectory, "pointbook.read-model.*.db"))};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand damage = connection.CreateCommand();
            damage.CommandText = "UPDATE payer_flow SET points = points + 1 WHERE payer = 'UNILEVER'";
            Assert.Equal(1, damage.ExecuteNonQuery());
        }

        (await server.GetAsync(Statement.Replace("DANNON", "UNILEVER", StringComparison.Ordinal))).AssertIs(503, "catching_up");
        await log.WaitForAsync(BuildFailed);
        for (int points = 301; points < 320; points++)
        {
            await alice.AddAsync("DANNON", 1);
            Assert.Contains($"\"points\":{points}", (await server.GetAsync("/v1/payers")).AssertIs(200).Body, StringComparison.Ordinal);
            (await server.GetAsync(Statement)).AssertIs(200);
        }

        Assert.StartsWith("Ready. The read model can't be rebuilt.", (await server.GetAsync("/health/ready")).AssertIs(200).Body, StringComparison.Ordinal);
        Assert.Empty(log.Of(RoundFailed));
        Assert.Single(log.Of(BuildFailed));

        Directory.Delete(inTheWay);
        await WaitForStatusAsync(server, Statement.Replace("DANNON", "UNILEVER", StringComparison.Ordinal), 200);
        await Eventually.TrueAsync(async () => (await server.GetAsync("/health/ready")).AssertIs(200).Body == "Ready");
    }

    private static Task WaitForStatusAsync(RunningServer server, string path, int status) => Eventually.TrueAsync(async () => (await server.GetAsync(path)).Status == status);
}
