using System.Buffers.Binary;
using System.Net;
using System.Text;
using Npgsql;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Moving;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Operations;

/// <summary>The tests run what docs/operations.md says about the remains of erased accounts, without changes.</summary>
public sealed class ErasureManualTests : IDisposable
{
    private const string Holder = "zoe@example.com";
    private const string Erased = "The server erased the texts";

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task On_SQLite_an_erased_account_can_be_removed_from_keys_logs_and_backups()
    {
        ManualRunner manualRunner = new(_directory.FullName);
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.File("pointbook-data")))
        {
            using LedgerClient client = server.NewClient();
            await WriteAsync(client);
            await manualRunner.RunAsync("Back up SQLite");
            await EraseAsync(client);
            await server.WaitForLogAsync(Erased);
            await CreateKeysAsync("sqlite:pointbook-data");
            Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync($"/v1/accounts/{Holder}/balance")).Status);
            await server.WaitForLogAsync($"/v1/accounts/{Holder}/balance");
            await File.WriteAllLinesAsync(_directory.File("pointbook.log"), server.Log, Token);

            Assert.Contains("|zoe-app\n", await manualRunner.RunAsync("Removing an erased account from API keys on SQLite"), StringComparison.Ordinal);
            await server.StopAsync();
        }

        Assert.False(await HasTextAsync("pointbook-data/pointbook.keys.db", Holder));
        Assert.Equal(["zoe-app|removed", "others|zoey@example.com bob"], ReadKeys(new SqliteFile(_directory.File("pointbook-data/pointbook.keys.db"))));

        Assert.True(await HasTextAsync("pointbook.log", Holder));
        await manualRunner.RunAsync("Removing an erased account from logs");
        Assert.False(await HasTextAsync("pointbook.log", Holder));

        Assert.True(await HasTextAsync("pointbook-backup.db", "order of zoe"));
        await manualRunner.RunAsync("Removing an erased account from a backup");
        await using (ServerProcess server = await manualRunner.StartServerAsync("Removing an erased account from a backup"))
        {
            using LedgerClient client = server.NewClient();
            await EraseAsync(client);
            await server.WaitForLogAsync(Erased);
            await server.StopAsync();
        }

        Assert.False(await HasTextAsync("erasing-data/pointbook.db", "zoe"));
        Assert.True(await HasTextAsync("erasing-data/pointbook.db", "bob"));
        ExitResult ending = await CommandLine.RunAsync(_directory.FullName, "verify", "--store", "sqlite:erasing-data");
        Assert.True(ending is { Code: 0 }, ending.ToString());
    }

    [Fact]
    public async Task On_PostgreSQL_an_erased_account_can_be_removed_from_keys_and_old_row_versions()
    {
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync();
        await PostgresCluster.ExecuteAsync(cluster.AdminConnectionString, "CREATE DATABASE pointbook");
        string database = new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Database = "pointbook" }.ToString();
        ManualRunner manualRunner = new(_directory.FullName, cluster.AdminConnectionString);
        await using ServerProcess server = await manualRunner.StartServerAsync("Analytics on PostgreSQL");
        using LedgerClient client = server.NewClient();
        await server.WaitForLogAsync("contain the whole journal");
        PostgresDatabase read = new(database);
        await WriteAsync(client);
        await Eventually.TrueAsync(() => AccountsInAnalytics(read).Contains(Holder));
        await EraseAsync(client);
        await server.WaitForLogAsync(Erased);
        await Eventually.TrueAsync(() => !AccountsInAnalytics(read).Contains(Holder));
        await CreateKeysAsync($"postgres:{database}");

        Assert.Contains("| zoe-app\n", await manualRunner.RunAsync("Removing an erased account from API keys on PostgreSQL"), StringComparison.Ordinal);
        Assert.Equal(["zoe-app|removed", "others|zoey@example.com bob"], ReadKeys(read));
        Assert.Equal(["public.api_key", "analytics.account", "analytics.operation"], await TablesWithVersionsOfAsync(read, Holder));
        await manualRunner.RunAsync("Removing old row versions from PostgreSQL");
        Assert.Empty(await TablesWithVersionsOfAsync(read, Holder));
        await server.StopAsync();
    }

    private static List<string> AccountsInAnalytics(PostgresDatabase database) =>
        database.Read("SELECT coalesce(account, '') FROM analytics.account", row => row.GetString(0));

    /// <summary>The tables whose pages have a row version, visible or not, that contains a text.</summary>
    private static async Task<List<string>> TablesWithVersionsOfAsync(PostgresDatabase database, string text)
    {
        await PostgresCluster.ExecuteAsync(database.ConnectionString, "CHECKPOINT");
        string[] tables = ["public.api_key", "analytics.account", "analytics.operation"];
        return [.. tables.Where(table => RowVersions(database.Read($"SELECT pg_read_binary_file(pg_relation_filepath('{table}'))", row => row.GetFieldValue<byte[]>(0))[0])
            .Any(version => version.Span.IndexOf(Encoding.UTF8.GetBytes(text)) >= 0))];
    }

    /// <summary>The row versions in the pages of a table, as https://www.postgresql.org/docs/current/storage-page-layout.html describes them.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> RowVersions(byte[] file)
    {
        const int PageLength = 8192;
        const int HeaderLength = 24;
        const int PointersEnd = 12;
        const uint Used = 1;
        for (int page = 0; page < file.Length; page += PageLength)
        {
            int end = page + BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(page + PointersEnd));
            for (int pointer = page + HeaderLength; pointer < end; pointer += sizeof(uint))
            {
                // 15 bits of offset, 2 bits of state, 15 bits of length.
                uint bits = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(pointer));
                if (((bits >> 15) & 3) == Used)
                {
                    yield return file.AsMemory(page + (int)(bits & 0x7FFF), (int)(bits >> 17));
                }
            }
        }
    }

    private static async Task WriteAsync(LedgerClient client)
    {
        foreach (string account in new[] { Holder, "bob" })
        {
            string body = $$"""{"payer":"DANNON","points":10,"timestamp":"2020-10-31T10:00:00Z","reference":"order of {{account}}"}""";
            Assert.True((await client.PostAsync($"/v1/accounts/{account}/transactions", body)).IsDone);
        }
    }

    private static async Task EraseAsync(LedgerClient client)
    {
        Assert.True((await client.PostAsync($"/v1/accounts/{Holder}/flush", "{}")).IsDone);
        Assert.True((await client.PostAsync($"/v1/accounts/{Holder}/erasure", "{}")).IsDone);
    }

    /// <summary>Creates a key that is limited to the holder, and one that is limited to others.</summary>
    private async Task CreateKeysAsync(string store)
    {
        foreach (string[] key in new string[][] { ["zoe-app", Holder], ["others", "zoey@example.com,bob"] })
        {
            ExitResult ending = await CommandLine.RunAsync(
                _directory.FullName, "keys", "create", "--name", key[0], "--scope", "read", "--account", key[1], "--store", store);
            Assert.True(ending is { Code: 0 }, ending.ToString());
        }
    }

    private static List<string> ReadKeys(RawDatabase database) =>
        database.Read("SELECT name, accounts FROM api_key ORDER BY number", row => $"{row.GetString(0)}|{row.GetString(1)}");

    private async Task<bool> HasTextAsync(string file, string text) =>
        (await File.ReadAllBytesAsync(_directory.File(file), Token)).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
}
