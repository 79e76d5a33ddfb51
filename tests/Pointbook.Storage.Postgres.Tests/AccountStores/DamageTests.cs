using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pointbook.Clusters;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>Whatever is changed in the derived tables, the server detects the damage, and a rebuild restores what the journal says.</summary>
public sealed class DamageTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);
    private AccountStoreTables? _right;

    private AccountStoreTables Right => _right ?? throw new InvalidOperationException("The test has not begun.");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        await using LocalPartition partition = Start();
        await partition.StartAsync(Token);
        foreach (string account in new[] { "a", "b", "c" })
        {
            await AddAsync(partition, account, "P", 100);
            await AddAsync(partition, account, "Q", 60);
            await AddAsync(partition, account, "P", -10);
            await ExecuteAsync(partition, new SpendPoints(Given.Account(account), new Points(20)));
        }

        await ExecuteAsync(partition, new SpendPoints(Given.Account("a"), new Points(30)) { Hold = TimeSpan.FromHours(1) });
        Receipt reversed = await ExecuteAsync(partition, new SpendPoints(Given.Account("b"), new Points(40)));
        await ExecuteAsync(partition, new ReverseSpend(Given.Account("b"), reversed.Id.Sequence));
        await ExecuteAsync(partition, new FlushAccount(Given.Account("c")));
        await AddAsync(partition, "c", "R", 5);
        await partition.StopAsync(Token);
        _right = await _host.ReadTablesAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("TRUNCATE account")]
    [InlineData("TRUNCATE account, operation, account_store_position")]
    [InlineData("TRUNCATE account_chunk")]
    [InlineData("TRUNCATE account_bucket")]
    [InlineData("UPDATE account_bucket SET bucket = 5")]
    [InlineData("INSERT INTO account_bucket (partition, bucket, body) VALUES (0, 1073741823, '')")]
    [InlineData("UPDATE account_chunk SET chunk = chunk + 100, body = ''")]
    [InlineData("UPDATE operation SET opening = opening + 7")]
    [InlineData("UPDATE account SET stands_at = stands_at + 1000, next_due = 1, oldest_key = NULL")]
    [InlineData("UPDATE account SET snapshot = ''; UPDATE account_store_position SET accounts = 1000000")]
    [InlineData("TRUNCATE operation")]
    [InlineData("TRUNCATE account, account_chunk, account_bucket, operation")]
    [InlineData("DELETE FROM account WHERE account = 'a'; UPDATE account SET snapshot = substr(snapshot, 2) WHERE account = 'b'")]
    [InlineData("DELETE FROM account_store_position")]
    public async Task A_rebuild_works_whatever_is_left_in_the_tables(string damage)
    {
        await _host.Sql.RunAsync(damage);
        await _host.Sql.RunAsync("UPDATE account_store_position SET damage = 'rebuild wanted'");
        await using LocalPartition partition = Start();
        await partition.StartAsync(Token);
        await partition.StopAsync(Token);
        StoreAssert.Equal(Right, await _host.ReadTablesAsync());
    }

    [Fact]
    public async Task Nothing_that_was_found_before_a_position_was_lost_counts_for_the_new_one()
    {
        long lost = (await _host.AccountStore.ReadPositionAsync(Token)).Resets;
        await _host.Sql.RunAsync("DELETE FROM account_store_position");
        await _host.AccountStore.ResetAsync(Token);
        Assert.NotEqual(lost, (await _host.AccountStore.ReadPositionAsync(Token)).Resets);
    }

    [Theory]
    [InlineData("DELETE FROM account WHERE account = 'a'")]
    [InlineData("UPDATE account SET snapshot = set_byte(snapshot, 40, get_byte(snapshot, 40) # 1) WHERE account = 'a'")]
    [InlineData("UPDATE account SET snapshot = substr(snapshot, 1, length(snapshot) - 1) WHERE account = 'a'")]
    [InlineData("UPDATE account SET snapshot = '' WHERE account = 'a'")]
    [InlineData("UPDATE account SET snapshot = (SELECT snapshot FROM account WHERE account = 'b') WHERE account = 'a'")]
    [InlineData("UPDATE account SET next_due = next_due + 1 WHERE account = 'a'")]
    [InlineData("UPDATE account SET next_due = NULL WHERE account = 'a'")]
    [InlineData("UPDATE account SET oldest_key = 1 WHERE account = 'a'")]
    [InlineData("UPDATE account SET stands_at = stands_at - 1 WHERE account = 'a'")]
    [InlineData("UPDATE account SET stands_at = -1 WHERE account = 'a'")]
    public async Task An_account_with_an_altered_row_is_refused_and_the_next_start_rebuilds_it(string damage)
    {
        await _host.Sql.RunAsync(damage);
        await using (LocalPartition partition = Start())
        {
            await partition.StartAsync(Token);
            Assert.Equal(RefusalCode.AccountDamaged, (await partition.ReadBalanceAsync(Given.Account("a"), Token)).Refusal!.Code);
            Assert.Equal(130, (await partition.ReadBalanceAsync(Given.Account("b"), Token)).Value!.Points.Value);
            Assert.Equal((true, 1), (partition.Health.IsReady, partition.Health.DamagedAccounts));
            await partition.StopAsync(Token);
        }

        await using LocalPartition next = Start();
        await next.StartAsync(Token);
        Assert.Equal(100, (await next.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
        await next.StopAsync(Token);
        StoreAssert.Equal(Right, await _host.ReadTablesAsync());
    }

    [Fact]
    public async Task An_unexpected_row_is_detected_and_not_added_to()
    {
        await _host.Sql.RunAsync("INSERT INTO account (account, partition, stands_at, next_due, oldest_key, snapshot) SELECT 'new', 0, stands_at, next_due, oldest_key, snapshot FROM account WHERE account = 'b'");
        await using (LocalPartition partition = Start())
        {
            await partition.StartAsync(Token);
            Assert.Equal(RefusalCode.AccountDamaged, (await partition.ReadBalanceAsync(Given.Account("new"), Token)).Refusal!.Code);
            await partition.StopAsync(Token);
        }

        await using LocalPartition next = Start();
        await next.StartAsync(Token);
        Assert.Equal(0, (await next.ReadBalanceAsync(Given.Account("new"), Token)).Value!.Points.Value);
    }

    [Theory]
    [InlineData("DELETE FROM account WHERE account = 'a'")]
    [InlineData("UPDATE account SET snapshot = set_byte(snapshot, 40, get_byte(snapshot, 40) # 1) WHERE account = 'a'")]
    [InlineData("UPDATE account SET next_due = next_due + 1 WHERE account = 'a'")]
    [InlineData("UPDATE account SET stands_at = 1 WHERE account = 'a'")]
    [InlineData("UPDATE account SET stands_at = (SELECT max(last_sequence) + 1 FROM journal_commit) WHERE account = 'a'")]
    [InlineData(
        "INSERT INTO operation (partition, opening, first_sequence) "
        + "SELECT 0, (SELECT min(opening) FROM operation), max(last_sequence) + 1 FROM journal_commit")]
    public async Task A_round_skips_an_account_whose_rows_do_not_fit_and_stores_all_others(string damage)
    {
        await using (LocalPartition partition = Start())
        {
            await partition.StartAsync(Token);
            Assert.Equal(100, (await partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
            await _host.Sql.RunAsync(damage);
            await ExecuteAsync(partition, new SpendPoints(Given.Account("a"), new Points(90)));
            await ExecuteAsync(partition, new SpendPoints(Given.Account("b"), new Points(30)));
            await partition.WaitUntilStoredAsync(Token);
            Assert.Equal((true, 1), (partition.Health.IsReady, partition.Health.DamagedAccounts));

            // The account in memory is correct, so the server serves it. It refuses commands that need a lookup.
            Assert.Equal(10, (await partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
            Command keyed = new SpendPoints(Given.Account("a"), new Points(1)).With("key");
            Assert.Equal(RefusalCode.AccountDamaged, (await partition.ExecuteAsync(keyed, Token)).Refusal!.Code);
            await partition.StopAsync(Token);
        }

        await using LocalPartition next = Start();
        await next.StartAsync(Token);
        Assert.Equal(10, (await next.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
        Assert.Equal(100, (await next.ReadBalanceAsync(Given.Account("b"), Token)).Value!.Points.Value);
        Assert.Equal(0, next.Health.DamagedAccounts);
        await next.StopAsync(Token);
        AccountStoreTables after = await _host.ReadTablesAsync();
        await _host.Sql.RunAsync("UPDATE account_store_position SET damage = 'rebuild wanted'");
        await using LocalPartition rebuilt = Start();
        await rebuilt.StartAsync(Token);
        StoreAssert.Equal(after, await _host.ReadTablesAsync());
    }

    [Fact]
    public async Task A_reset_leaves_only_an_empty_directory_in_the_derived_tables()
    {
        const string Derived =
            """
            SELECT relname::text
            FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attname = 'partition'
            AND relname NOT IN ('journal_commit', 'account_store_position', 'read_model', 'payer_total', 'payer_flow', 'payer_stock')
            """;
        List<string> tables = await _host.Sql.QueryAsync(Derived, row => row.GetString(0));
        await ExecuteAsync(Enumerable.Range(1, 300));
        await _host.AccountStore.MarkDamagedAsync(new AccountDamagedException(Given.Account("a"), "it was marked"), Token);
        await _host.Sql.RunAsync("INSERT INTO erasure (partition, sequence, opening) VALUES (0, 2, 1)");
        foreach (string table in tables)
        {
            Assert.True(await CountAsync(table) > 0, $"{table} has no row to begin with.");
        }

        await _host.AccountStore.ResetAsync(Token);
        foreach (string table in tables.Except(["account_bucket"]))
        {
            Assert.Equal((table, 0), (table, await CountAsync(table)));
        }

        Assert.Equal(DirectoryBucket.Empty.ToBytes(), await _host.Sql.ScalarAsync<byte[]>("SELECT body FROM account_bucket"));
        Assert.Equal(0, await _host.Sql.ScalarAsync<long>("SELECT accounts FROM account_store_position"));
    }

    [Fact]
    public async Task Accounts_of_another_partition_do_not_exist_here()
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(_host.Database);
        PostgresAccountStore other = new(source, partition: 1, NullLogger.Instance);
        await _host.Sql.RunAsync(
            "INSERT INTO account_store_position (partition, last_sequence, seal, target_sequence, target_seal) SELECT 1, 0, seal, 0, seal FROM account_store_position");
        await _host.Sql.RunAsync("INSERT INTO account_bucket (partition, bucket, body) VALUES (1, 0, $1)", DirectoryBucket.Empty.ToBytes());
        LoadedAccount loaded = Assert.Single(await StoreAssert.LoadAsync(other, new AccountRequest(Given.Account("a"), true, [], [])));
        StoreAssert.Equal(AccountSnapshot.Empty(Given.Account("a")), loaded.Snapshot);
    }

    private LocalPartition Start() => new(new PartitionParts
    {
        Journal = _host.Journal,
        AccountStore = _host.AccountStore,
        ReadModel = _host.ReadModel,
        Clock = _host.Clock,
        NewCommitId = Guid.NewGuid,
        Salts = RandomNumberGenerator.Fill,
        Random = new Random(1),
        Logger = NullLogger.Instance,
        SnapshotWriterOptions = new SnapshotWriterOptions { RepairEntriesMax = 0 },
    });

    /// <summary>Adds so many lots to an account that they do not fit into its row.</summary>
    private async Task ExecuteAsync(IEnumerable<int> points)
    {
        await using LocalPartition partition = Start();
        await partition.StartAsync(Token);
        await Task.WhenAll(points.Select(number => AddAsync(partition, "giant", "P", number)));
        await partition.StopAsync(Token);
    }

    private Task<long> CountAsync(string table) => _host.Sql.ScalarAsync<long>($"SELECT count(*) FROM {table}");

    private static Task<Receipt> AddAsync(LocalPartition partition, string account, string payer, long points) =>
        ExecuteAsync(partition, new AddTransaction(Given.Account(account), Given.Payer(payer), new Points(points), Given.Time));

    private static async Task<Receipt> ExecuteAsync(LocalPartition partition, Command command) =>
        (await partition.ExecuteAsync(command, Token)).Accepted();
}
