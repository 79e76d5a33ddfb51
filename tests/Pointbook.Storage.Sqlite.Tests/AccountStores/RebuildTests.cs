using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>If an account store is missing, damaged or of another journal, the start rebuilds it. The rebuilt tables equal the earlier ones.</summary>
public sealed class RebuildTests : IAsyncLifetime
{
    private readonly RunningStore _running = new();
    private AccountStoreTables _before = null!;

    private TempDirectory Files => _running.Host.Files;

    public async ValueTask InitializeAsync()
    {
        await _running.StartAsync();
        await _running.WriteExampleAsync();
        _before = await _running.ReadTablesAsync();
        await _running.StopAsync();
        Assert.Empty(_running.Log.Warnings);
    }

    public ValueTask DisposeAsync() => _running.DisposeAsync();

    [Fact]
    public async Task An_intact_account_store_is_kept()
    {
        MarkTables(Files.AccountStore);
        await AssertTablesAsync(isKept: true, warning: null);
    }

    [Theory]
    [InlineData("UPDATE account SET stands_at = stands_at - 1 WHERE account = 'account0'")]
    [InlineData("UPDATE account SET next_due = next_due + 1 WHERE account = 'account0'")]
    [InlineData("UPDATE account SET oldest_key = coalesce(oldest_key, 0) + 1 WHERE account = 'account0'")]
    [InlineData("UPDATE account SET snapshot = substr(snapshot, 2) WHERE account = 'account0'")]
    [InlineData("UPDATE account SET snapshot = (SELECT snapshot FROM account WHERE account = 'account2') WHERE account = 'account0'")]
    [InlineData("DELETE FROM account WHERE account = 'account0'")]
    public async Task Damaged_rows_are_never_spent_from_and_the_next_start_rebuilds_them(string damage)
    {
        Sql.Run(Files.AccountStore, damage);
        await _running.StartAsync();
        Assert.Equal(RefusalCode.AccountDamaged, (await _running.SpendAsync("account0", 1)).Refusal?.Code);
        Assert.True((await _running.Partition.ReadBalanceAsync(Given.Account("account1"), CancellationToken.None)).Value!.Points.Value > 0);
        Assert.Equal((true, 1), (_running.Partition.Health.IsReady, _running.Partition.Health.DamagedAccounts));
        await _running.StopAsync();
        await AssertRebuiltAsync("is damaged. The server rebuilds it");
    }

    [Theory]
    [InlineData("DELETE FROM account WHERE account = 'account1'")]
    [InlineData("UPDATE account SET snapshot = zeroblob(40) WHERE account = 'account1'")]
    [InlineData("UPDATE account SET stands_at = stands_at + 1 WHERE account = 'account1'")]
    public async Task A_round_skips_an_account_whose_rows_do_not_fit_and_stores_all_others(string damage)
    {
        await _running.StartAsync();
        Assert.Null((await _running.AddAsync("account1", "P", 1)).Refusal);
        await _running.Partition.WaitUntilStoredAsync(CancellationToken.None);
        Sql.Run(Files.AccountStore, damage);
        Assert.Null((await _running.SpendAsync("account1", 25)).Refusal);
        Assert.Null((await _running.AddAsync("account1", "P", 1)).Refusal);
        Assert.Null((await _running.AddAsync("account2", "P", 5)).Refusal);
        await _running.Partition.WaitUntilStoredAsync(CancellationToken.None);
        Assert.Equal((true, 1), (_running.Partition.Health.IsReady, _running.Partition.Health.DamagedAccounts));
        await Assert.ThrowsAsync<AccountDamagedException>(
            async () => await StoreAssert.ReadRowAsync(_running.Host.AccountStore, Given.Account("account1")));

        // The account in memory is correct, so the server serves it. It refuses commands that need a lookup.
        Assert.Null((await _running.Partition.ReadBalanceAsync(Given.Account("account1"), CancellationToken.None)).Refusal);
        Command keyed = new SpendPoints(Given.Account("account1"), new Points(1)).With("key");
        Assert.Equal(RefusalCode.AccountDamaged, (await _running.DoAsync(keyed)).Refusal?.Code);
        await _running.StopAsync();

        _running.Log.Clear();
        await _running.StartAsync();
        Assert.Contains("is damaged. The server rebuilds it", Assert.Single(_running.Log.Warnings), StringComparison.Ordinal);
        AccountStoreTables after = await _running.ReadTablesAsync();
        await _running.StopAsync();
        await AssertFromScratchAsync(after);
    }

    [Fact]
    public async Task A_missing_account_store_is_rebuilt()
    {
        File.Delete(Files.AccountStore);
        await AssertRebuiltAsync(warning: null);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(511)]
    [InlineData(4_096)]
    [InlineData(10_000)]
    [InlineData(-4_096)]
    [InlineData(-1_024)]
    [InlineData(-512)]
    [InlineData(-1)]
    public async Task A_truncated_account_store_is_rebuilt(int length)
    {
        using (FileStream file = File.OpenWrite(Files.AccountStore))
        {
            file.SetLength(length >= 0 ? length : file.Length + length);
        }

        await AssertRebuiltAsync(length is 0 ? null : "can't read the account store");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_account_store_full_of_garbage_is_rebuilt(bool isHeaderWhole)
    {
        byte[] bytes = await File.ReadAllBytesAsync(Files.AccountStore, CancellationToken.None);
        new Random(3).NextBytes(bytes.AsSpan(isHeaderWhole ? 100 : 0));
        await File.WriteAllBytesAsync(Files.AccountStore, bytes, CancellationToken.None);
        await AssertRebuiltAsync("can't read the account store");
    }

    [Fact]
    public async Task A_damaged_account_store_that_cannot_be_deleted_is_named_when_the_store_is_opened()
    {
        await File.WriteAllBytesAsync(Files.AccountStore, new byte[10_000], CancellationToken.None);
        Directory.CreateDirectory(Files.AccountStore + ".damaged");
        StoreException refused = await Assert.ThrowsAsync<StoreException>(() => _running.StartAsync());
        Assert.StartsWith($"Pointbook can't open the account store {Files.AccountStore}: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_writer_that_finds_the_file_damaged_leaves_no_connection_behind()
    {
        Requirement.Linux();
        Sql.Run(Files.AccountStore, "INSERT INTO damaged_account (account, damage) VALUES ('not valid', 'Scripted.')");
        Assert.Throws<InvalidRowException>(() => new RoundWriter(Files.AccountStore, new SqliteStoreOptions { BusyTimeout = TimeSpan.Zero }, NullLogger.Instance));
        Assert.DoesNotContain(
            Directory.GetFiles("/proc/self/fd"), file => new FileInfo(file).LinkTarget?.StartsWith(Files.AccountStore, StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task An_account_store_of_a_newer_version_is_rebuilt()
    {
        Sql.Run(Files.AccountStore, "INSERT INTO SchemaVersions (ScriptName, Applied) VALUES ('9999_later.sql', '2030-01-01')");
        await AssertRebuiltAsync("can't read the account store");
    }

    [Fact]
    public async Task An_account_store_of_an_older_version_is_rebuilt()
    {
        Sql.Run(
            Files.AccountStore,
            """
            UPDATE SchemaVersions SET ScriptName = replace(ScriptName, '0004_', '0003_');
            DROP TABLE operation;
            CREATE TABLE account_entry (account TEXT NOT NULL);
            """);
        await AssertRebuiltAsync("can't read the account store");
        using Sql sql = new(Files.AccountStore);
        Assert.Equal(0, sql.Scalar<long>("SELECT COUNT(*) FROM sqlite_master WHERE name = 'account_entry'"));
    }

    [Theory]
    [InlineData("DELETE FROM account_store_position")]
    [InlineData("INSERT INTO damaged_account (account, damage) VALUES ('not valid', 'Scripted.')")]
    public async Task An_account_store_that_lacks_its_position_or_has_an_impossible_mark_is_rebuilt(string damage)
    {
        Sql.Run(Files.AccountStore, damage);
        await AssertRebuiltAsync("account store");
    }

    [Fact]
    public async Task An_account_store_of_another_journal_is_rebuilt()
    {
        await using RunningStore other = new();
        await other.StartAsync();
        await other.WriteExampleAsync(from: 100);
        await other.StopAsync();
        File.Copy(other.Host.Files.AccountStore, Files.AccountStore, overwrite: true);
        MarkTables(Files.AccountStore);
        await AssertRebuiltAsync("does not match the journal");
    }

    [Fact]
    public async Task An_account_store_that_is_behind_the_journal_is_updated_and_kept()
    {
        string backup = Backup(Files.AccountStore);
        MarkTables(backup);
        await _running.StartAsync();
        await _running.WriteExampleAsync(from: 6);
        _before = await _running.ReadTablesAsync();
        await _running.StopAsync();
        File.Copy(backup, Files.AccountStore, overwrite: true);
        await AssertTablesAsync(isKept: true, warning: null);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_journal_restored_from_a_backup_causes_a_rebuild_of_the_account_store(bool isWrittenToBeforehand)
    {
        string backup = Backup(Files.Journal);
        await _running.StartAsync();
        await _running.WriteExampleAsync(from: 6);
        await _running.StopAsync();

        MarkTables(Files.AccountStore);
        File.Copy(backup, Files.Journal, overwrite: true);
        if (isWrittenToBeforehand)
        {
            _before = await WriteWithoutAccountStoreAsync(from: 8);
        }

        await AssertRebuiltAsync("does not match the journal");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rows_of_entries_missing_from_a_restored_journal_cause_a_rebuild_of_the_account_store(bool isWrittenToBeforehand)
    {
        string backup = Backup(Files.Journal);
        await InterruptRoundAsync();

        MarkTables(Files.AccountStore);
        File.Copy(backup, Files.Journal, overwrite: true);
        if (isWrittenToBeforehand)
        {
            _before = await WriteWithoutAccountStoreAsync(from: 8);
        }

        await AssertRebuiltAsync("does not match the journal");
    }

    [Fact]
    public async Task Rows_ahead_of_the_position_are_kept_if_the_journal_has_their_entries()
    {
        await InterruptRoundAsync();
        string ahead = Backup(Files.AccountStore);
        File.Delete(Files.AccountStore);
        await _running.StartAsync();
        _before = await _running.ReadTablesAsync();
        await _running.StopAsync();

        File.Copy(ahead, Files.AccountStore, overwrite: true);
        MarkTables(Files.AccountStore);
        await AssertTablesAsync(isKept: true, warning: null);
    }

    private static string Backup(string path)
    {
        string backup = path + ".backup";
        File.Copy(path, backup, overwrite: true);
        return backup;
    }

    private static void MarkTables(string path) => Sql.Run(path, "CREATE TABLE mark (id INTEGER)");

    private bool AreTablesMarked()
    {
        using Sql sql = new(Files.AccountStore);
        return sql.Scalar<long>("SELECT COUNT(*) FROM sqlite_master WHERE name = 'mark'") > 0;
    }

    private Task AssertRebuiltAsync(string? warning) => AssertTablesAsync(isKept: false, warning);

    /// <summary>
    /// Starts and asserts that the tables are as before. Then writes more, and asserts that the tables equal those of a new
    /// account store.
    /// </summary>
    private async Task AssertTablesAsync(bool isKept, string? warning)
    {
        _running.Log.Clear();
        await _running.StartAsync();
        StoreAssert.Equal(_before, await _running.ReadTablesAsync());
        Assert.Equal(isKept, AreTablesMarked());
        if (warning is null)
        {
            Assert.Empty(_running.Log.Warnings);
        }
        else
        {
            // The read model also starts again, and may have logged this already.
            Assert.Contains(
                warning, Assert.Single(_running.Log.Warnings, text => !text.StartsWith("The read model ", StringComparison.Ordinal)), StringComparison.Ordinal);
        }

        await _running.WriteExampleAsync(from: 3, accounts: 2);
        AccountStoreTables after = await _running.ReadTablesAsync();
        await _running.StopAsync();
        await AssertFromScratchAsync(after);
    }

    private async Task AssertFromScratchAsync(AccountStoreTables expected)
    {
        File.Delete(Files.AccountStore);
        await _running.StartAsync();
        StoreAssert.Equal(expected, await _running.ReadTablesAsync());
        await _running.StopAsync();
    }

    /// <summary>Writes to the journal without the account store, and then puts the old account store back.</summary>
    /// <returns>The tables that an account store of this journal must have.</returns>
    private async Task<AccountStoreTables> WriteWithoutAccountStoreAsync(int from)
    {
        string kept = Backup(Files.AccountStore);
        File.Delete(Files.AccountStore);
        await _running.StartAsync();
        await _running.WriteExampleAsync(from);
        AccountStoreTables tables = await _running.ReadTablesAsync();
        await _running.StopAsync();
        File.Copy(kept, Files.AccountStore, overwrite: true);
        return tables;
    }

    /// <summary>Appends a commit of many accounts and interrupts its round, so that many rows are ahead of the position.</summary>
    private async Task InterruptRoundAsync()
    {
        await _running.Host.OpenAsync();
        JournalHead head = await _running.Host.Journal.ReadHeadAsync(CancellationToken.None);
        _running.Host.Clock.Advance(TimeSpan.FromSeconds(1));
        Commit commit = new CommitChain(_running.Host.Clock).Seal(
            head, [.. Enumerable.Range(1, 700).Select(index => Given.Credit(new(head.Last.Value + index), account: $"m{index:D4}"))]);
        Assert.Equal(AppendResult.Appended, await _running.Host.Journal.AppendAsync(commit, CancellationToken.None));
        _running.Host.FailAfterAccounts(600);
        await Assert.ThrowsAnyAsync<StorageFailureException>(
            async () => await _running.Host.AccountStore.ApplyAsync(SnapshotRound.From([commit]), CancellationToken.None));
        _running.Host.Heal();
        AccountStorePosition position = await _running.Host.AccountStore.ReadPositionAsync(CancellationToken.None);
        Assert.Equal((head.Last, commit.Last), (position.Last, position.TargetLast));
        Assert.True((await _running.Host.ReadTablesAsync()).Accounts.Count > 500);
        await _running.Host.CloseAsync();
    }
}
