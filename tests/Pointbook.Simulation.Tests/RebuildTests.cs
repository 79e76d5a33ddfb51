using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Simulation.Tests;

/// <summary>Whatever happens to the account store, the ledger answers correctly after the next start and logs what it did.</summary>
public sealed class RebuildTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>, IDisposable
{
    private const string Journal = "pointbook.db";
    private const string AccountStore = "pointbook.accounts.db";
    private const string CaughtUp = "The account store has caught up with the journal at entry ";
    private const string Unreadable = "It rebuilds the account store from the journal";
    private const string Damaged = "The account store is damaged. The server rebuilds it from the journal";
    private const string Mismatch = "does not match the journal";
    private readonly TemporaryDirectory _directory = new();

    private string AccountStorePath => _directory.File(AccountStore);

    [Fact]
    public Task A_deleted_account_store_is_rebuilt() => AssertRebuiltAsync(() => File.Delete(AccountStorePath), CaughtUp);

    [Theory]
    [InlineData(0.0, CaughtUp)]
    [InlineData(0.01, Unreadable)]
    [InlineData(0.5, Unreadable)]
    [InlineData(0.99, Unreadable)]
    public Task A_truncated_account_store_is_rebuilt(double share, string expectedLog) => AssertRebuiltAsync(() => Truncate(share), expectedLog);

    [Fact]
    public Task An_account_store_file_that_is_not_a_database_is_replaced() =>
        AssertRebuiltAsync(() => File.WriteAllText(AccountStorePath, string.Concat(Enumerable.Repeat("no database ", 10_000))), Unreadable);

    [Fact]
    public async Task An_account_store_of_another_ledger_is_replaced()
    {
        using TemporaryDirectory other = new();
        await using (ServerProcess server = await ServerProcess.StartAsync(other.FullName))
        {
            using LedgerClient client = server.NewClient();
            Assert.True((await client.AddAsync("elsewhere", "DANNON", 300, "2020-10-31T10:00:00Z")).IsDone);
            await server.StopAsync();
        }

        await AssertRebuiltAsync(() => File.Copy(other.File(AccountStore), AccountStorePath, overwrite: true), Mismatch);
    }

    [Fact]
    public async Task An_account_store_that_is_behind_catches_up()
    {
        ledger.CopyTo(_directory.FullName);
        await AddToCopyAsync();
        using TemporaryDirectory older = new();
        ledger.CopyTo(older.FullName);
        File.Copy(older.File(AccountStore), AccountStorePath, overwrite: true);

        Auditor audit = new(new SqliteFile(_directory.File(Journal)));
        audit.ReadNew();
        await AssertAnswersAsync(audit, CaughtUp);
    }

    [Fact]
    public async Task A_journal_restored_from_a_backup_replaces_the_newer_account_store_next_to_it()
    {
        ledger.CopyTo(_directory.FullName);
        await AddToCopyAsync();
        using TemporaryDirectory backup = new();
        ledger.CopyTo(backup.FullName);
        File.Copy(backup.File(Journal), _directory.File(Journal), overwrite: true);

        await AssertAnswersAsync(ledger.Audit, Mismatch);
    }

    [Fact]
    public async Task An_account_store_deleted_after_a_crash_is_rebuilt()
    {
        ledger.CopyTo(_directory.FullName);
        Auditor audit = new(new SqliteFile(_directory.File(Journal)));
        await using (ServerProcess server = await ServerProcess.StartAsync(_directory.FullName, "--SnapshotWriter:RoundDelay", "00:00:00"))
        {
            using LedgerClient client = server.NewClient();
            Assert.True((await client.AddAsync("hot-1", "DANNON", 123, "2020-10-31T10:00:00Z")).IsDone);
            audit.ReadNew();
            await server.KillAsync();
        }

        // The write-ahead log of the file stays.
        File.Delete(AccountStorePath);
        await AssertAnswersAsync(audit, CaughtUp);
    }

    [Fact]
    public async Task An_account_store_found_damaged_during_the_catch_up_is_rebuilt()
    {
        ledger.CopyTo(_directory.FullName);
        await AddToCopyAsync();
        using TemporaryDirectory older = new();
        ledger.CopyTo(older.FullName);
        byte[] bytes = await File.ReadAllBytesAsync(older.File(AccountStore), TestContext.Current.CancellationToken);
        // The first pages, as many as an empty account store has, define the tables and their position. The rest is the content.
        int empty = await ReadEmptyLengthAsync(older.File("empty.db"));
        Assert.True(bytes.Length > 2 * empty);
        bytes.AsSpan(empty).Clear();
        await File.WriteAllBytesAsync(AccountStorePath, bytes, TestContext.Current.CancellationToken);

        Auditor audit = new(new SqliteFile(_directory.File(Journal)));
        audit.ReadNew();
        await AssertAnswersAsync(audit, Damaged);
    }

    public void Dispose() => _directory.Dispose();

    private static async Task<int> ReadEmptyLengthAsync(string path)
    {
        SqliteAccountStore accountStore = SqliteAccountStore.Open(path, new SqliteStoreOptions(), TimeProvider.System, NullLogger.Instance);
        await accountStore.DisposeAsync();
        return checked((int)new FileInfo(path).Length);
    }

    private void Truncate(double share)
    {
        using FileStream file = File.OpenWrite(AccountStorePath);
        file.SetLength((long)(file.Length * share));
    }

    private Task AssertRebuiltAsync(Action damage, string expectedLog)
    {
        ledger.CopyTo(_directory.FullName);
        damage();
        return AssertAnswersAsync(ledger.Audit, expectedLog);
    }

    private async Task AddToCopyAsync()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName);
        using LedgerClient client = server.NewClient();
        Assert.True((await client.AddAsync("hot-1", "DANNON", 123, "2020-10-31T10:00:00Z")).IsDone);
        Assert.True((await client.AddAsync("new", "DANNON", 300, "2020-10-31T10:00:00Z")).IsDone);
        await server.StopAsync();
    }

    /// <summary>Starts a server, compares all its answers with the audit, stops it, and compares its tables.</summary>
    private async Task AssertAnswersAsync(Auditor audit, string expectedLog)
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.FullName);
        Assert.Contains(server.Log, line => line.Contains(expectedLog, StringComparison.Ordinal));
        using LedgerClient client = server.NewClient();
        foreach (AuditedAccount account in audit.Accounts.Values)
        {
            Assert.Equal(account.Balance, await client.BalanceAsync(account.Name));
        }

        Reply spend = await client.SpendAsync("hot-1", 1);
        Assert.True(spend.IsDone, spend.ToString());
        await server.StopAsync();
        Auditor after = new(new SqliteFile(_directory.File(Journal)));
        after.ReadNew();
        Assert.Equal(audit.Operations.Count + 1, after.Operations.Count);
        AccountStoreAudit.Check(new SqliteFile(AccountStorePath), after);
    }
}
