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

    // A statement that waits for a lock would wait for as long as the test holds it.
    private static readonly TimeSpan WithoutLock = TimeSpan.FromSeconds(30);

    private readonly PostgresHost _host = new(shared);
    private readonly List<Commit> _commits = [];
    private ScriptedLedger? _ledger;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        ScriptedLedger ledger = _ledger = new ScriptedLedger(new CommitChain(_host.Clock));
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
        int rows = (2 * ReadModelLeftovers.PieceRows) + 5;
        await _host.Sql.RunAsync($"INSERT INTO payer_total SELECT 0, -7, 'P' || number, 1, 1, 1 FROM generate_series(1, {rows}) AS number");
        await _host.Sql.RunAsync($"INSERT INTO payer_flow SELECT 0, -7, 'P', '0001-01-01'::date + number, 'credit', 'infinity', 1, 1 FROM generate_series(1, {rows}) AS number");
        await _host.Sql.RunAsync("INSERT INTO payer_stock SELECT 0, -6, 'P', '2020-01-01', '2020-01-01', 'infinity', 1, 1");
        await _host.Sql.RunAsync("INSERT INTO payer_total SELECT 1, -7, 'P', 1, 1, 1");
        await _host.ReadModel.MarkDamagedAsync(await _host.ReadModel.ServingAsync(), "scripted\0", Token);
        Assert.NotNull(await _host.ReadModel.BeginBuildAsync(Token));
        const string Left =
            """
            SELECT sum(rows)::bigint
            FROM (
                SELECT count(*) AS rows FROM payer_total WHERE generation < 0 AND partition = 0
                UNION ALL SELECT count(*) FROM payer_flow WHERE generation < 0 AND partition = 0
                UNION ALL SELECT count(*) FROM payer_stock WHERE generation < 0 AND partition = 0
            ) AS tables
            """;
        long left = (2 * rows) + 1;
        int pieces = 0;
        bool isMore;
        do
        {
            isMore = await _host.ReadModel.DeletePieceAsync(Token);
            long before = left;
            left = await _host.Sql.ScalarAsync<long>(Left);
            Assert.InRange(before - left, 1, ReadModelLeftovers.PieceRows);
            pieces++;
        }
        while (isMore);

        Assert.Equal((0L, 7), (left, pieces));
        Assert.False(await _host.ReadModel.DeletePieceAsync(Token));
        Assert.Equal(1, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM payer_total WHERE generation = -7 AND partition = 1"));
        Assert.Equal(2, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM read_model"));
        await _host.Sql.RunAsync("DELETE FROM payer_total WHERE partition = 1");
        await BuildAsync(_host.ReadModel, commitsPerRound: 60);
        await AssertReadModelAsync();
    }

    [Fact]
    public async Task A_lock_on_an_old_row_delays_neither_a_switch_nor_the_next_build()
    {
        await BuildAsync(_host.ReadModel, commitsPerRound: 60);
        await _host.ReadModel.MarkDamagedAsync(await _host.ReadModel.ServingAsync(), "scripted", Token);
        ReadModelGeneration building = (await _host.ReadModel.BeginBuildAsync(Token))!;
        Assert.True(await _host.ReadModel.ApplyAsync(building, ReadModelRound.From(_commits), Token));
        await using Sql other = await Sql.OpenAsync(_host.Database);
        await other.RunAsync("BEGIN");
        await other.RunAsync("SELECT FROM payer_total FOR UPDATE");
        Assert.True(await _host.ReadModel.FinishBuildAsync(building, Token).AsTask().WaitAsync(WithoutLock, Token));
        Assert.Equal(building.Number, (await _host.ReadModel.ServingAsync()).Number);
        await _host.ReadModel.AbandonAsync(building, Token).AsTask().WaitAsync(WithoutLock, Token);
        Assert.NotNull(await _host.ReadModel.BeginBuildAsync(Token).AsTask().WaitAsync(WithoutLock, Token));
        await other.RunAsync("ROLLBACK");
        await BuildAsync(_host.ReadModel, commitsPerRound: 60);
        await AssertReadModelAsync();
    }

    [Fact]
    public async Task Space_that_a_build_took_is_given_back_to_the_disk()
    {
        await BuildAsync(_host.ReadModel, commitsPerRound: 60);
        ReadModelGeneration serving = await _host.ReadModel.ServingAsync();
        await _host.ReadModel.MarkDamagedAsync(serving, "scripted", Token);
        ReadModelGeneration building = (await _host.ReadModel.BeginBuildAsync(Token))!;
        const string Size = "SELECT pg_relation_size('payer_total') + pg_relation_size('payer_flow') + pg_relation_size('payer_stock')";
        long before = await _host.Sql.ScalarAsync<long>(Size);
        await _host.Sql.RunAsync(
            $"INSERT INTO payer_flow SELECT 0, {building.Number}, 'P', '0001-01-01'::date + number, 'credit', 'infinity', 1, 1 FROM generate_series(1, 30000) AS number");
        Assert.True(await _host.Sql.ScalarAsync<long>(Size) > before + 1_000_000);
        await _host.ReadModel.AbandonAsync(building, Token);
        while (await _host.ReadModel.DeletePieceAsync(Token))
        {
        }

        await _host.ReadModel.ReclaimSpaceAsync(Token);
        Assert.InRange(await _host.Sql.ScalarAsync<long>(Size), 0, before);
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

    [Fact]
    public async Task Builds_read_the_journal_while_appends_have_taken_all_connections_of_journals()
    {
        PostgresStoreOptions options = _host.Options;
        options.JournalConnectionsMax = 1;
        await using PostgresStore store = await PostgresStore.OpenAsync(options, _host.Logger, Token);
        IJournal journal = store.Partitions[0].Journal;
        _ledger!.Add("account1", "P", 1);
        Commit next = _ledger.Commit();
        await using Sql other = await Sql.OpenAsync(_host.Database);
        await other.RunAsync("BEGIN");
        await other.RunAsync("LOCK TABLE journal_commit IN SHARE MODE");
        Task<AppendResult> append = journal.AppendAsync(next, Token).AsTask();
        await Eventually.TrueAsync(async () => await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'journal_commit'::regclass") == 1);

        List<Commit> read = [];
        await foreach (Commit commit in journal.Background.ReadCommitsAsync(Sequence.Zero, Token).WithCancellation(Token))
        {
            read.Add(commit);
        }

        Assert.Equal(_commits.Count, read.Count);
        Assert.False(append.IsCompleted);
        await other.RunAsync("ROLLBACK");
        Assert.Equal(AppendResult.Appended, await append);
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
        while (await _host.ReadModel.DeletePieceAsync(Token))
        {
        }

        StoreAssert.Equal(Expected.Sums(_commits), await _host.ReadSumsAsync());
        Assert.Equal(1, await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM read_model"));
        Assert.Equal(
            1, await _host.Sql.ScalarAsync<long>("SELECT count(DISTINCT generation) FROM (SELECT generation FROM payer_total UNION SELECT generation FROM payer_flow UNION SELECT generation FROM payer_stock) AS all_rows"));
    }
}
