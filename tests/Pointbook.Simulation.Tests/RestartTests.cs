using System.Net.NetworkInformation;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests;

public sealed class RestartTests : IDisposable
{
    private const string Timestamp = "2020-10-31T10:00:00Z";
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task A_stopping_server_answers_accepted_requests_and_ends_with_0()
    {
        WriteLog log = new();
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, "--SnapshotWriter:RoundDelay", "00:00:10"))
        {
            Load load = Load.Start(server, log, Seeded.Seed, answersWanted: 500);
            await load.WaitUntilBusyAsync();
            await server.StopAsync();
            await load.FinishAsync();
            Assert.Contains(server.Log, line => line.Contains("Stopping", StringComparison.Ordinal));
        }

        Auditor audit = new(new SqliteFile(_directory.File("pointbook.db")));
        new Reconciliation(log).Check(audit.ReadNew());
        Assert.DoesNotContain(log.Writes, write => write is { State: WriteState.Unanswered, Recorded: not null });
        AccountStoreAudit.Check(new SqliteFile(_directory.File("pointbook.accounts.db")), audit);
        await using ServerProcess next = await ServerProcess.StartAsync(_directory.FullName);
        using LedgerClient client = next.NewClient();
        Assert.Equal(audit.Accounts["hot-1"].Balance, await client.BalanceAsync("hot-1"));
        Assert.Equal(audit.Accounts[WriteLog.ClassicAccount].Balance, await client.ClassicBalanceAsync());
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_is_refused_and_the_first_continues()
    {
        await using ServerProcess first = await ServerProcess.StartAsync(_directory.FullName);
        using LedgerClient client = first.NewClient();
        Assert.True((await client.AddAsync("a", "DANNON", 300, Timestamp)).IsDone);

        await using ServerProcess second =
            ServerProcess.Launch(_directory.FullName, "--Storage:Directory", _directory.FullName, "--urls", "http://127.0.0.1:0");

        Assert.Equal(1, await second.WaitForExitAsync());
        string sentence = Assert.Single(second.Errors);
        Assert.Equal(
            $"Another Pointbook server is using the data directory {_directory.FullName}. Stop that server, or use another directory. The option is --Storage:Directory.", sentence);
        Assert.True((await client.SpendAsync("a", 100)).IsDone);
        Assert.Equal(200, await client.TotalAsync("a"));
    }

    [Fact]
    public async Task A_killed_server_leaves_its_data_unlocked_for_the_next_one()
    {
        await using ServerProcess first = await ServerProcess.StartAsync(_directory.FullName);
        await first.KillAsync();
        await using ServerProcess second = await ServerProcess.StartAsync(_directory.FullName);
        Assert.Empty(second.Errors);
    }

    [Fact]
    public async Task Idempotency_keys_outlive_a_stop_and_a_kill()
    {
        Reply[] first;
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName))
        {
            first = await SendWithKeysAsync(server);
            Assert.All(first, reply => Assert.True(reply is { IsDone: true, IsReplay: false }, reply.ToString()));
            await server.StopAsync();
        }

        // The account store gets nothing here, so that after the kill only the journal has the last key.
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, "--SnapshotWriter:RoundDelay", "00:00:10"))
        {
            Assert.Equal(first.Select(reply => reply with { IsReplay = true }), await SendWithKeysAsync(server));
            using LedgerClient client = server.NewClient();
            Assert.False((await client.SpendAsync("keys", 5, "late")).IsReplay);
            await server.KillAsync();
        }

        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName))
        {
            Assert.Equal(first.Select(reply => reply with { IsReplay = true }), await SendWithKeysAsync(server));
            using LedgerClient client = server.NewClient();
            Assert.True((await client.SpendAsync("keys", 5, "late")).IsReplay);
            Assert.Equal("idempotency_mismatch", (await client.SpendAsync("keys", 6, "late")).Code);
            Assert.Equal(195, await client.TotalAsync("keys"));
        }
    }

    [Fact]
    public async Task The_data_is_below_the_working_directory_by_default()
    {
        await using (ServerProcess server = ServerProcess.Launch(_directory.FullName, "--urls", "http://127.0.0.1:0"))
        {
            await server.WaitUntilListeningAsync();
            await server.StopAsync();
        }

        Assert.Equal("pointbook-data", new DirectoryInfo(Assert.Single(Directory.GetFileSystemEntries(_directory.FullName))).Name);
        Assert.True(File.Exists(_directory.File("pointbook-data/pointbook.db")));
        Assert.True(File.Exists(_directory.File("pointbook-data/pointbook.accounts.db")));
    }

    [Fact]
    public async Task The_command_line_sets_the_data_directory_and_the_addresses()
    {
        string data = _directory.File("elsewhere/deeper");
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory.FullName, "--Storage:Directory", data, "--urls", "http://127.0.0.1:0;http://127.0.0.1:0/");
        await server.WaitForLogAsync("Try it: ");
        string[] addresses = [.. server.Log.Where(line => line.Contains("Listening on ", StringComparison.Ordinal)).Select(line => line.Split(' ')[^1])];
        Assert.Equal(2, addresses.Length);
        foreach (string address in addresses)
        {
            using LedgerClient client = new(new Uri(address));
            Assert.Equal("Live", (await client.GetAsync("/health/live")).Body);
        }

        await server.StopAsync();
        Assert.Equal([Path.Combine(data, "pointbook.db")], Directory.GetFiles(_directory.FullName, "pointbook.db", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task An_address_in_use_is_reported_in_one_sentence()
    {
        await using ServerProcess first = await ServerProcess.StartAsync(_directory.File("first"));
        await using ServerProcess second = ServerProcess.Launch(_directory.File("second"), "--urls", first.Address.ToString());

        Assert.Equal(1, await second.WaitForExitAsync());
        Assert.Contains("address already in use", Assert.Single(second.Errors), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_log_names_the_address_the_data_directory_and_a_first_request()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName);

        Assert.Contains(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners(), listener => listener.Port == server.Address.Port);
        Assert.Equal(_directory.FullName, await server.WaitForLogAsync("The data is stored in "));
        string command = await server.WaitForLogAsync("Try it: ");
        Assert.StartsWith("curl ", command, StringComparison.Ordinal);
        Assert.Equal("Transaction Added", await Shell.RunAsync(command, _directory.FullName));
        using LedgerClient client = server.NewClient();
        Assert.Equal([KeyValuePair.Create("DANNON", 300L)], await client.ClassicBalanceAsync());
    }

    public void Dispose() => _directory.Dispose();

    private static async Task<Reply[]> SendWithKeysAsync(ServerProcess server)
    {
        using LedgerClient client = server.NewClient();
        return
        [
            await client.AddAsync("keys", "DANNON", 300, Timestamp, "add"),
            await client.SpendAsync("keys", 100, "spend"),
            await client.PostAsync("/addTransaction", Bodies.Transaction("DANNON", 50, Timestamp), "add"),
            await client.PostAsync("/spend", Bodies.Spend(20), "spend"),
            await client.PostAsync("/flushDB", "", "flush"),
        ];
    }
}
