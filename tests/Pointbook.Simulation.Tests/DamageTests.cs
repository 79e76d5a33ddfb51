using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests;

/// <summary>The test edits one row of the derived tables. The server refuses that account until it has written its rows again, and serves all others.</summary>
public sealed class DamageTests : IDisposable
{
    private const string Timestamp = "2020-10-31T10:00:00Z";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("UPDATE account SET snapshot = substr(snapshot, 1, length(snapshot) - 1) WHERE account = 'a'")]
    [InlineData("UPDATE account SET next_due = 5 WHERE account = 'a'")]
    public async Task Without_repairs_one_damaged_row_affects_one_account_until_the_restart(string damage)
    {
        await WriteAndEditAsync(damage);
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, "--Health:AgeMax", "00:00:00", "--SnapshotWriter:RepairEntriesMax", "0"))
        {
            using LedgerClient client = server.NewClient();
            Reply refused = await client.SpendAsync("a", 1);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "account_damaged", "later"), (refused.Status, refused.Code, refused.Retry));
            Assert.Equal("account_damaged", (await client.ReadBalanceReplyAsync("a")).Code);
            Assert.True((await client.SpendAsync("b", 100)).IsDone);
            Assert.Equal(200, await client.TotalAsync("b"));
            Assert.Equal(
                "Ready. The server refuses requests for 1 damaged account until their stored data is repaired.", (await client.GetAsync("/health/ready")).Body);
            Assert.Equal((HttpStatusCode.OK, true), await ReadListAsync(client));
            Assert.Equal("Live", (await client.GetAsync("/health/live")).Body);
            await server.StopAsync();
            Assert.Single(server.Log, line => line.Contains("The stored rows of account a are damaged. The server refuses", StringComparison.Ordinal));
        }

        await using ServerProcess next = await ServerProcess.StartAsync(_directory.FullName);
        using LedgerClient again = next.NewClient();
        Assert.Equal((300, 200), (await again.TotalAsync("a"), await again.TotalAsync("b")));
        Assert.Equal("Ready", (await again.GetAsync("/health/ready")).Body);
        await next.StopAsync();
    }

    [Theory]
    [InlineData("UPDATE account SET snapshot = substr(snapshot, 1, length(snapshot) - 1) WHERE account = 'a'")]
    [InlineData("DELETE FROM account WHERE account = 'a'")]
    public async Task A_running_server_repairs_the_rows_of_a_damaged_account(string damage)
    {
        await WriteAndEditAsync(damage);
        await using ServerProcess next = await ServerProcess.StartAsync(_directory.FullName, "--Health:AgeMax", "00:00:00");
        using LedgerClient again = next.NewClient();
        Assert.Equal("account_damaged", (await again.ReadBalanceReplyAsync("a")).Code);
        await Eventually.TrueAsync(async () => (await again.SpendAsync("a", 100)).IsDone);
        Assert.Equal((200, 300), (await again.TotalAsync("a"), await again.TotalAsync("b")));
        Assert.Equal("Ready", (await again.GetAsync("/health/ready")).Body);
        // The server has ended, so all its output is complete.
        await next.StopAsync();
        Assert.Single(next.Log, line => line.Contains("The stored rows of account a are damaged. The server refuses", StringComparison.Ordinal));
        Assert.Single(next.Log, line => line.Contains("The stored rows of account a are valid again", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("DELETE FROM account_bucket")]
    [InlineData("UPDATE account_bucket SET body = substr(body, 1, length(body) - 16)")]
    public async Task A_running_server_rewrites_a_damaged_directory_and_credits_no_key_twice(string damage)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, "--Health:AgeMax", "00:00:00");
        using LedgerClient client = server.NewClient();
        Assert.True((await client.AddAsync("a", "DANNON", 300, Timestamp, key: "first")).IsDone);
        await AssertListedAsync(client, 300);
        Edit(damage);
        Edit("DELETE FROM account WHERE account = 'a'");
        Reply refused = await client.AddAsync("new", "DANNON", 5, Timestamp, key: "once");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "account_damaged", "later"), (refused.Status, refused.Code, refused.Retry));

        await Eventually.TrueAsync(async () => (await client.AddAsync("new", "DANNON", 5, Timestamp, key: "once")).IsDone);
        await Eventually.TrueAsync(async () => (await client.AddAsync("a", "DANNON", 300, Timestamp, key: "first")).IsDone);
        Assert.True((await client.AddAsync("new", "DANNON", 5, Timestamp, key: "once")).IsReplay);
        Assert.Equal((300, 5), (await client.TotalAsync("a"), await client.TotalAsync("new")));
        await AssertListedAsync(client, 300, 5);
        Assert.Equal("Ready", (await client.GetAsync("/health/ready")).Body);
        await server.StopAsync();
        Assert.Single(server.Log, line => line.Contains("The directory of accounts of partition 0 is damaged", StringComparison.Ordinal));
        Assert.Single(server.Log, line => line.Contains("The server has rewritten the directory of partition 0", StringComparison.Ordinal));
        AssertAudited();
    }

    [Theory]
    [InlineData("DELETE FROM account_store_position")]
    [InlineData("UPDATE account_store_position SET last_sequence = last_sequence + 1000000, target_sequence = target_sequence + 1000000")]
    [InlineData("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 999999 WHERE name = 'account'; PRAGMA schema_version = 12345")]
    public async Task A_running_server_rebuilds_tables_that_are_damaged_as_a_whole(string damage)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory.FullName, "--Health:AgeMax", "00:00:00", "--Sweeper:Interval", "00:00:00.2", "--Partition:CacheBytesMax", "65536");
        using LedgerClient client = server.NewClient();
        Assert.True((await client.AddAsync("a", "DANNON", 300, Timestamp, key: "first")).IsDone);
        await AssertListedAsync(client, 300);
        Edit(damage);
        await Eventually.TrueAsync(async () =>
        {
            Reply reply = await client.AddAsync("a", "DANNON", 5, Timestamp, key: "second");
            Assert.True(reply.IsDone || (reply.Status == HttpStatusCode.ServiceUnavailable && reply.Retry == "later"), reply.ToString());
            return reply.IsDone && server.Log.Any(line => line.Contains("The account store is damaged as a whole", StringComparison.Ordinal));
        });
        await Eventually.TrueAsync(async () => (await client.GetAsync("/health/ready")).Body == "Ready");
        Assert.True((await client.AddAsync("a", "DANNON", 300, Timestamp, key: "first")).IsReplay);
        await AssertListedAsync(client, 305);
        await server.StopAsync();
        AssertAudited();
    }

    [Theory]
    [InlineData("DELETE FROM operation WHERE opening = 1 AND first_sequence = 1")]
    [InlineData("DELETE FROM operation WHERE opening = 1 AND first_sequence = 3")]
    [InlineData("DELETE FROM operation WHERE opening = 1 AND first_sequence = 4")]
    [InlineData("DELETE FROM operation WHERE opening = 1")]
    [InlineData("INSERT INTO operation VALUES (1, 2)")]
    [InlineData("INSERT INTO operation VALUES (1, 5)")]
    [InlineData("INSERT INTO operation VALUES (1, 1000)")]
    [InlineData("UPDATE operation SET first_sequence = 2 WHERE opening = 1 AND first_sequence = 3")]
    [InlineData("UPDATE operation SET opening = 1 WHERE opening = 2")]
    public async Task A_history_detects_an_operation_index_that_contradicts_the_journal_and_the_server_rewrites_it(string damage)
    {
        await WriteAndEditAsync(damage, isLonger: true);
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName))
        {
            using LedgerClient client = server.NewClient();
            Reply refused = await client.GetAsync("/v1/accounts/a/transactions");
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "account_damaged"), (refused.Status, refused.Code));
            await Eventually.TrueAsync(async () => (await client.GetAsync("/v1/accounts/a/transactions")).Status == HttpStatusCode.OK);
            JsonNode history = (await client.GetAsync("/v1/accounts/a/transactions")).Json!;
            Assert.Equal([100, 500, 300], history["items"]!.AsArray().Select(item => item!["balanceAfter"]!.GetValue<long>()));

            // The edit may have moved a row from the other account to this one.
            await Eventually.TrueAsync(async () => (await client.GetAsync("/v1/accounts/b/transactions")).Status == HttpStatusCode.OK);
            await server.StopAsync();
        }

        AssertAudited();
    }

    /// <summary>Asserts that the tables match the journal.</summary>
    private void AssertAudited()
    {
        Auditor audit = new(new SqliteFile(_directory.File("pointbook.db")));
        audit.ReadNew();
        AccountStoreAudit.Check(new SqliteFile(_directory.File("pointbook.accounts.db")), audit);
    }

    /// <summary>Requests the list of accounts, which contains everything that was written before.</summary>
    private static async Task AssertListedAsync(LedgerClient client, params long[] points)
    {
        Reply list = await client.GetAsync("/v1/accounts");
        Assert.Equal(points, list.Json["items"]!.AsArray().Select(item => item!["points"]!.GetValue<long>()));
    }

    /// <summary>Adds points to two accounts, stops the server, and edits a row.</summary>
    private async Task WriteAndEditAsync(string damage, bool isLonger = false)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName);
        using LedgerClient client = server.NewClient();
        Assert.True((await client.AddAsync("a", "DANNON", 300, Timestamp)).IsDone);
        Assert.True((await client.AddAsync("b", "DANNON", 300, Timestamp)).IsDone);
        if (isLonger)
        {
            Assert.True((await client.AddAsync("a", "UNILEVER", 200, Timestamp)).IsDone);
            Assert.True((await client.SpendAsync("a", 400)).IsDone);
        }

        await server.StopAsync();
        Edit(damage);
    }

    /// <summary>Requests the list, and checks that it has a problem instead of figures for the damaged account, and figures for the other one.</summary>
    private static async Task<(HttpStatusCode Status, bool IsRight)> ReadListAsync(LedgerClient client)
    {
        Reply list = await client.GetAsync("/v1/accounts");
        using JsonDocument page = JsonDocument.Parse(list.Body);
        JsonElement[] items = [.. page.RootElement.GetProperty("items").EnumerateArray()];
        bool isRight = items is [{ } damaged, { } other]
            && damaged.GetProperty("problem").GetProperty("code").GetString() == "account_damaged" && !damaged.TryGetProperty("points", out _)
            && other.GetProperty("points").GetInt64() == 200 && !other.TryGetProperty("problem", out _);
        return (list.Status, isRight);
    }

    private void Edit(string sql)
    {
        using SqliteConnection connection = new(
            new SqliteConnectionStringBuilder { DataSource = _directory.File("pointbook.accounts.db"), Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.NotEqual(0, command.ExecuteNonQuery());
    }
}
