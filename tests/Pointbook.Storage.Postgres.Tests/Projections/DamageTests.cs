using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pointbook.Clusters;
using Pointbook.Engine.Partitions;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Projections;

/// <summary>Whatever somebody does to the derived tables: they are found to be wrong, and a rebuild makes them what the journal says.</summary>
public sealed class DamageTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);
    private ProjectionTables? _right;

    private ProjectionTables Right => _right ?? throw new InvalidOperationException("The test has not begun.");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        await using Partition partition = Start();
        await partition.StartAsync(Token);
        foreach (string account in new[] { "a", "b", "c" })
        {
            await AddAsync(partition, account, "P", 100);
            await AddAsync(partition, account, "Q", 60);
            await AddAsync(partition, account, "P", -10);
            await partition.ExecuteAsync(new SpendPoints(Given.Account(account), new Points(20)), Token);
        }

        await partition.ExecuteAsync(new FlushAccount(Given.Account("c")), Token);
        await AddAsync(partition, "c", "R", 5);
        await partition.StopAsync(Token);
        _right = await _host.ReadTablesAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("TRUNCATE account")]
    [InlineData("TRUNCATE account, account_entry, archived_entry, projection_position")]
    [InlineData("TRUNCATE payer_balance")]
    [InlineData("TRUNCATE lot")]
    [InlineData("TRUNCATE idempotency_key, account_entry, archived_entry, payer_total")]
    [InlineData("TRUNCATE account, payer_balance, lot, idempotency_key, account_entry, archived_entry, payer_total")]
    [InlineData("DELETE FROM account WHERE account = 'a'; UPDATE payer_balance SET points = points + 1 WHERE account = 'b'")]
    [InlineData("UPDATE lot SET remaining = remaining * 2; UPDATE payer_balance SET points = points * 2")]
    [InlineData("DELETE FROM projection_position")]
    public async Task A_rebuild_does_not_care_what_was_left_in_the_tables(string damage)
    {
        await _host.Sql.RunAsync(damage);
        await _host.Sql.RunAsync("UPDATE projection_position SET damage = 'rebuild wanted'");
        await using Partition partition = Start();
        await partition.StartAsync(Token);
        await partition.StopAsync(Token);
        Compare.Equal(Right, await _host.ReadTablesAsync());
    }

    [Theory]
    [InlineData("DELETE FROM account WHERE account = 'a'")]
    [InlineData("DELETE FROM lot WHERE account = 'a'")]
    [InlineData("UPDATE payer_balance SET points = points + 1 WHERE account = 'a'")]
    [InlineData("UPDATE account SET open_lots = open_lots + 1 WHERE account = 'a'")]
    public async Task An_account_whose_rows_do_not_agree_is_not_answered_for_and_the_next_start_rebuilds(string damage)
    {
        await _host.Sql.RunAsync(damage);
        await using (Partition partition = Start())
        {
            await partition.StartAsync(Token);
            Assert.Equal(RefusalCode.StorageUnavailable, (await partition.ReadBalanceAsync(Given.Account("a"), Token)).Refusal!.Code);
            Assert.Equal(130, (await partition.ReadBalanceAsync(Given.Account("b"), Token)).Value!.Points.Value);
        }

        await using Partition next = Start();
        await next.StartAsync(Token);
        Assert.Equal(130, (await next.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
        await next.StopAsync(Token);
        Compare.Equal(Right, await _host.ReadTablesAsync());
    }

    [Fact]
    public async Task A_row_that_must_not_be_there_is_found_and_not_added_to()
    {
        await _host.Sql.RunAsync("INSERT INTO payer_balance (account, partition, payer, points, outstanding, first_sequence) VALUES ('new', 0, 'P', 7, 0, 1)");
        await using (Partition partition = Start())
        {
            await partition.StartAsync(Token);
            Assert.Equal(RefusalCode.StorageUnavailable, (await partition.ReadBalanceAsync(Given.Account("new"), Token)).Refusal!.Code);
        }

        await using Partition next = Start();
        await next.StartAsync(Token);
        Assert.Equal(0, (await next.ReadBalanceAsync(Given.Account("new"), Token)).Value!.Points.Value);
    }

    [Fact]
    public async Task Accounts_of_another_partition_are_nobodys_here()
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(_host.Database);
        PostgresProjection other = new(source, partition: 1);
        await _host.Sql.RunAsync(
            "INSERT INTO projection_position (partition, last_sequence, seal, target_sequence, target_seal) SELECT 1, 0, seal, 0, seal FROM projection_position");
        LoadedAccount loaded = Assert.Single(await Compare.LoadAsync(other, new AccountRequest(Given.Account("a"), true, [])));
        Compare.Equal(AccountSnapshot.Empty(Given.Account("a")), loaded.Snapshot);
    }

    private Partition Start() => new(new PartitionParts
    {
        Journal = _host.Journal,
        Projection = _host.Projection,
        Clock = _host.Clock,
        NewCommitId = Guid.NewGuid,
        Random = new Random(1),
        Logger = NullLogger.Instance,
    });

    private static async Task AddAsync(Partition partition, string account, string payer, long points) =>
        Assert.False((await partition.ExecuteAsync(
            new AddTransaction(Given.Account(account), Given.Payer(payer), new Points(points), Given.Time), Token)).IsRefused);
}
