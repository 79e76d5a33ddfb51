using Pointbook.Clusters;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>Several processes share one read model. Whatever is changed in its tables, the server serves accounts and restores the sums.</summary>
public sealed class ReadModelTests(SharedCluster shared) : IAsyncLifetime
{
    private static readonly string[] Payers = ["P", "Q"];

    private readonly PostgresHost _host = new(shared);
    private readonly List<Commit> _commits = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        ScriptedLedger ledger = new(new CommitChain(_host.Clock));
        for (int number = 0; number < 60; number++)
        {
            ledger.Add($"account{number % 7}", "P", 10, day: -number, expiresIn: TimeSpan.FromDays(4_000_000));
            ledger.Add($"account{number % 5}", "Q", 4);
            _commits.Add(ledger.Commit());
            Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(_commits[^1], Token));
        }
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Two_concurrent_builders_end_with_one_correct_generation()
    {
        await using PostgresStore other = await PostgresStore.OpenAsync(_host.Options, _host.Logger, Token);
        await Task.WhenAll(
            Task.Run(() => BuildAsync(_host.ReadModel, commitsPerRound: 2), Token), Task.Run(() => BuildAsync(other.Partitions[0].ReadModel, commitsPerRound: 3), Token));
        await AssertReadModelAsync();
    }

    [Fact]
    public async Task Another_process_continues_an_abandoned_build()
    {
        ReadModelGeneration building = (await _host.ReadModel.BeginBuildAsync(Token))!;
        Assert.True(await _host.ReadModel.ApplyAsync(building, ReadModelRound.From(_commits[..20]), Token));
        await using PostgresStore other = await PostgresStore.OpenAsync(_host.Options, _host.Logger, Token);
        ReadModelGeneration found = (await other.Partitions[0].ReadModel.BeginBuildAsync(Token))!;
        Assert.Equal((building.Number, _commits[19].Last), (found.Number, found.Position.Last));
        await BuildAsync(other.Partitions[0].ReadModel, commitsPerRound: 7);
        await AssertReadModelAsync();
    }

    [Fact]
    public async Task Rows_without_a_generation_are_deleted_in_parts()
    {
        await BuildAsync(_host.ReadModel, commitsPerRound: 60);
        int rows = (2 * ReadModelGenerations.PieceRows) + 5;
        await _host.Sql.RunAsync($"INSERT INTO payer_total SELECT 0, -7, 'P' || number, 1, 1, 1 FROM generate_series(1, {rows}) AS number");
        await _host.Sql.RunAsync("INSERT INTO payer_total SELECT 1, -7, 'P', 1, 1, 1");
        await _host.ReadModel.MarkDamagedAsync(await _host.ReadModel.ServingAsync(), "scripted\0", Token);
        Assert.NotNull(await _host.ReadModel.BeginBuildAsync(Token));
        Assert.Equal(0, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM payer_total WHERE generation = -7 AND partition = 0"));
        Assert.Equal(1, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM payer_total WHERE generation = -7 AND partition = 1"));
        Assert.Equal(2, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM read_model"));
        await _host.Sql.RunAsync("DELETE FROM payer_total WHERE partition = 1");
        await BuildAsync(_host.ReadModel, commitsPerRound: 60);
        await AssertReadModelAsync();
    }

    [Fact]
    public async Task A_generation_of_an_older_version_stays_until_the_new_one_is_complete()
    {
        await BuildAsync(_host.ReadModel, commitsPerRound: 60);
        await _host.Sql.RunAsync("UPDATE read_model SET version = 0");
        Assert.Equal(new ReadModelState(null, null), await _host.ReadModel.ReadStateAsync(Token));
        await Assert.ThrowsAsync<ReadModelBehindException>(async () => await _host.ReadModel.ListPayersAsync(new PayerQuery(1), Token));
        Assert.NotNull(await _host.ReadModel.BeginBuildAsync(Token));
        Assert.Equal(1, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM read_model WHERE version = 0"));
        await BuildAsync(_host.ReadModel, commitsPerRound: 60);
        await AssertReadModelAsync();
    }

    [Fact]
    public async Task A_generation_of_a_newer_version_is_not_replaced()
    {
        await BuildAsync(_host.ReadModel, commitsPerRound: 60);
        await _host.Sql.RunAsync("UPDATE read_model SET version = 2");
        StorageFailureException refused = await Assert.ThrowsAsync<StorageFailureException>(async () => await _host.ReadModel.BeginBuildAsync(Token));
        Assert.Contains("has version 2, but this version of Pointbook reads version 1", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TRUNCATE payer_total")]
    [InlineData("TRUNCATE payer_flow, payer_stock")]
    [InlineData("TRUNCATE read_model")]
    [InlineData("TRUNCATE read_model, payer_total, payer_flow, payer_stock")]
    [InlineData("UPDATE payer_total SET points = 'NaN'")]
    [InlineData("UPDATE payer_total SET payer = ' ' WHERE payer = 'P'")]
    [InlineData("UPDATE payer_flow SET kind = 'nothing'")]
    [InlineData("UPDATE payer_stock SET recorded_day = 'infinity'")]
    [InlineData("UPDATE read_model SET last_sequence = last_sequence - 1")]
    [InlineData("UPDATE read_model SET seal = sha256('')")]
    [InlineData("UPDATE read_model SET version = 0")]
    [InlineData("UPDATE read_model SET damage = 'rebuild wanted'")]
    [InlineData("UPDATE read_model SET is_complete = false")]
    public async Task After_any_change_of_the_tables_accounts_are_served_and_the_sums_are_rebuilt(string change)
    {
        await using RunningLedger ledger = await RunningLedger.StartAsync(_host);
        await ledger.Partition.WaitUntilReadModelAsync(Token);
        await _host.Sql.RunAsync(change);
        for (int write = 0; write < 5; write++)
        {
            (await ledger.DoAsync(new AddTransaction(Given.Account("account1"), Given.Payer("P"), new Points(7), Given.Time))).Accepted();
            (await ledger.DoAsync(new SpendPoints(Given.Account("account2"), new Points(3)))).Accepted();
        }

        await Eventually.TrueAsync(async () =>
        {
            try
            {
                foreach (string payer in Payers)
                {
                    await ledger.Partition.SettleReadModelAsync((await _host.Journal.ReadHeadAsync(Token)).Last, Token);
                    await _host.ReadModel.ReadDaysAsync(Given.Payer(payer), DateOnly.MaxValue, Token);
                }
            }
            catch (ReadModelDamagedException damage)
            {
                ledger.Partition.ReportReadModelDamage(damage);
                return false;
            }
            catch (ReadModelBehindException)
            {
                return false;
            }

            return (await ledger.Queries.ListPayersAsync(null, null, 10, Token)).Refusal is null
                && await _host.ReadModel.ReadStateAsync(Token) is { Serving.Damage: null, Building: null };
        });
        Assert.Equal((true, 0), (ledger.Partition.Health.IsReady, ledger.Partition.Health.DamagedAccounts));
        StoreAssert.Equal(Expected.Sums(await StoreAssert.ReadAllAsync(_host.Journal)), await _host.ReadSumsAsync());
    }

    [Fact]
    public async Task The_last_possible_day_differs_from_no_day()
    {
        await BuildAsync(_host.ReadModel, commitsPerRound: 60);
        PayerDays days = await _host.ReadModel.ReadDaysAsync(Given.Payer("P"), DateOnly.MaxValue, Token);
        Assert.All(days.Stocks, stock => Assert.Equal(DateOnly.MaxValue, stock.Key.ExpiresOn));
        Assert.All((await _host.ReadModel.ReadDaysAsync(Given.Payer("Q"), DateOnly.MaxValue, Token)).Stocks, stock => Assert.Null(stock.Key.ExpiresOn));
    }

    /// <summary>Builds the read model as a partition does, and repeats this as often as another process is faster.</summary>
    private async Task BuildAsync(IReadModel model, int commitsPerRound)
    {
        while (await model.ReadStateAsync(Token) is { NeedsBuild: true } state)
        {
            if (state.Building is not { } building)
            {
                await model.BeginBuildAsync(Token);
            }
            else if (_commits.Where(commit => commit.First > building.Position.Last).Take(commitsPerRound).ToList() is { Count: > 0 } round)
            {
                await model.ApplyAsync(building, ReadModelRound.From(round), Token);
            }
            else
            {
                await model.FinishBuildAsync(building, Token);
            }
        }
    }

    private async Task AssertReadModelAsync()
    {
        StoreAssert.Equal(Expected.Sums(_commits), await _host.ReadSumsAsync());
        Assert.Equal(1, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM read_model"));
        Assert.Equal(
            1, await _host.Sql.ScalarAsync<long>("SELECT count(DISTINCT generation) FROM (SELECT generation FROM payer_total UNION SELECT generation FROM payer_flow UNION SELECT generation FROM payer_stock) AS all_rows"));
    }
}
