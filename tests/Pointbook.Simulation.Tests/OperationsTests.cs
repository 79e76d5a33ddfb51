using Npgsql;
using Pointbook.Access;
using Pointbook.Clusters;
using Pointbook.Ledger.Values;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Moving;
using Pointbook.Simulation.Tests.Operations;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Simulation.Tests;

/// <summary>docs/operations.md is correct: the tests run its commands without changes, while servers are busy.</summary>
public sealed class OperationsTests : IDisposable
{
    private const string Verified = "Every seal is valid: ";
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task A_backup_of_SQLite_taken_under_load_contains_all_acknowledged_writes()
    {
        WriteLog log = new();
        ManualRunner manualRunner = new(_directory.FullName);
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.File("pointbook-data"));
        AcknowledgedWrites acknowledged = await BackUpUnderLoadAsync(server, log, manualRunner, "Back up SQLite");
        await server.StopAsync();
        Auditor original = AuditCopy("pointbook-data");

        Assert.Contains(Verified, await manualRunner.RunAsync("Restore SQLite"), StringComparison.Ordinal);
        Auditor restored = AuditCopy("restored-data");
        acknowledged.Check([.. original.Operations.Values], [.. restored.Operations.Values]);

        await using (ServerProcess next = await manualRunner.StartServerAsync("Restore SQLite"))
        {
            await AssertServesAsync(next, restored.Accounts.Values);
        }

        restored.ReadNew();
        Assert.Equal(restored.Last, await Seals.VerifyAsync(_directory.File("restored-data/pointbook.db")));
        AccountStoreAudit.Check(new SqliteFile(_directory.File("restored-data/pointbook.accounts.db")), restored);
    }

    [Fact]
    public async Task A_backup_of_SQLite_contains_the_keys_and_is_not_served_without_them()
    {
        ManualRunner manualRunner = new(_directory.FullName);
        SqliteStoreOptions place = new() { Directory = _directory.File("pointbook-data") };
        KeySnapshot original;
        await using (SqliteKeyStore keys = SqliteKeyStore.Open(place))
        {
            ApiKey key = new(
                KeyId.FromTrusted("0123456789abcdef"), KeyName.FromTrusted("till"), default, Scopes.Read, AccountLimits.None, Instant.FromUnixMicroseconds(1), null);
            Assert.Equal(KeyAddition.Added, await keys.AddAsync(key, 1, TestContext.Current.CancellationToken));
            original = await keys.ReadSnapshotAsync(TestContext.Current.CancellationToken);
            await using ServerProcess server = await ServerProcess.StartAsync(place.Directory);
            await manualRunner.RunAsync("Back up SQLite");
            await server.StopAsync();
        }

        await manualRunner.RunAsync("Restore SQLite");
        await using (SqliteKeyStore restored = SqliteKeyStore.Open(new SqliteStoreOptions { Directory = _directory.File("restored-data") }))
        {
            KeySnapshot snapshot = await restored.ReadSnapshotAsync(TestContext.Current.CancellationToken);
            Assert.Equal((original.Version, original.Keys[0]), (snapshot.Version, Assert.Single(snapshot.Keys)));
        }

        File.Delete(_directory.File("restored-data/pointbook.keys.db"));
        string refusal = await CommandLine.RunRefusedAsync(1, _directory.FullName, "--Storage:Directory", "restored-data", "--urls", "http://127.0.0.1:0");
        Assert.StartsWith("This ledger was secured, but now has neither API keys nor a token issuer", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dump_of_PostgreSQL_taken_under_load_contains_all_acknowledged_writes()
    {
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync();
        await PostgresCluster.ExecuteAsync(cluster.AdminConnectionString, "CREATE DATABASE pointbook");
        WriteLog log = new();
        ManualRunner manualRunner = new(_directory.FullName, cluster.AdminConnectionString);
        string database = Database(cluster, "pointbook");
        await using ServerProcess server = await ServerProcess.StartAsync(
            _directory.FullName, "--Storage:Provider", "Postgres", "--Storage:ConnectionStrings", database, "--Storage:Partitions", "4");
        AcknowledgedWrites acknowledged = await BackUpUnderLoadAsync(server, log, manualRunner, "Back up PostgreSQL");
        await server.StopAsync();

        Assert.Contains(Verified, await manualRunner.RunAsync("Restore PostgreSQL"), StringComparison.Ordinal);
        StoreAudit restored = new([Database(cluster, "restored")]);
        acknowledged.Check(new StoreAudit([database]).Operations, restored.Operations);

        await using (ServerProcess next = await manualRunner.StartServerAsync("Restore PostgreSQL"))
        {
            await AssertServesAsync(next, restored.Accounts);
        }

        await new StoreAudit([Database(cluster, "restored")]).CheckDerivedAsync();
        Assert.Contains("(", await manualRunner.RunAsync("Reading the data"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_documented_commands_migrate_a_ledger_from_SQLite_to_PostgreSQL()
    {
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync();
        ManualRunner manualRunner = new(_directory.FullName, cluster.AdminConnectionString);
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.File("pointbook-data")))
        {
            using LedgerClient client = server.NewClient();
            Assert.True((await client.AddAsync("alice", "DANNON", 300, "2020-10-31T10:00:00Z")).IsDone);
            await server.StopAsync();
        }

        Assert.Contains("Copied 1 entries in 1 commits", await manualRunner.RunAsync("Moving from SQLite to PostgreSQL"), StringComparison.Ordinal);

        Assert.Contains("UPDATE 1", await manualRunner.RunAsync("Rebuilding derived tables"), StringComparison.Ordinal);
        Assert.Matches(@"DANNON \|\s+300", await manualRunner.RunAsync("Reading the data"));
    }

    public void Dispose() => _directory.Dispose();

    private static string Database(PostgresCluster cluster, string name) =>
        new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Database = name }.ToString();

    /// <summary>Takes the backup. Clients write before, during and after it.</summary>
    /// <returns>The writes that were acknowledged before the backup began.</returns>
    private static async Task<AcknowledgedWrites> BackUpUnderLoadAsync(ServerProcess server, WriteLog log, ManualRunner manualRunner, string heading)
    {
        Load load = Load.Start(server, log, Seeded.Seed, answersWanted: 800);
        await load.WaitUntilBusyAsync();
        AcknowledgedWrites acknowledged = new(log);
        await manualRunner.RunAsync(heading);
        await load.WaitForAnswersAsync(200);
        await load.FinishAsync(isOver: true);
        return acknowledged;
    }

    /// <summary>Checks that the server returns the balances that the audit computes from the journal, and accepts a write.</summary>
    private static async Task AssertServesAsync(ServerProcess server, IEnumerable<AuditedAccount> accounts)
    {
        using LedgerClient client = server.NewClient();
        foreach (AuditedAccount account in accounts)
        {
            Assert.Equal(account.Balance, await client.BalanceAsync(account.Name));
        }

        Assert.True((await client.AddAsync("after", "DANNON", 300, "2020-10-31T10:00:00Z")).IsDone);
        await server.StopAsync();
    }

    private Auditor AuditCopy(string directory)
    {
        Auditor audit = new(new SqliteFile(_directory.File($"{directory}/pointbook.db")));
        audit.ReadNew();
        return audit;
    }
}
