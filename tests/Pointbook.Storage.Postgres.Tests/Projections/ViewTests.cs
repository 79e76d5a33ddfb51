using Pointbook.Clusters;
using Pointbook.Engine.Journal;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Projections;

/// <summary>What somebody with psql finds in the views.</summary>
public sealed class ViewTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        CommitChain chain = new(_host.Clock);
        ScriptedLedger ledger = new(chain);
        ledger.Add("a", "DANNON", 300);
        ledger.Add("b", "Q", 1);
        ledger.Flush("a");
        ledger.Commit();
        ledger.Add("a", "DANNON", 1000, day: 4, key: "first");
        ledger.Add("a", "UNILEVER", 200, day: 1);
        ledger.Add("a", "DANNON", -200, day: 2);
        ledger.Spend("a", 300);
        ledger.Commit();
        foreach (Commit commit in chain.Commits)
        {
            Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, CancellationToken.None));
        }

        Assert.True(await _host.Projection.ApplyAsync(Engine.Projection.ProjectionRound.From(chain.Commits), CancellationToken.None));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_balance_shows_each_payers_points() => Assert.Equal(
        ["a DANNON 700", "a UNILEVER 0", "b Q 1"],
        await ReadAsync("SELECT concat_ws(' ', account, payer, points) FROM balance ORDER BY account, payer"));

    [Fact]
    public async Task The_open_lots_are_in_the_order_in_which_they_are_spent() => Assert.Equal(
        ["2020-11-06 14:00:00.123456+00 DANNON 700"],
        await ReadAsync("SELECT concat_ws(' ', occurred_at, payer, remaining) FROM open_lot WHERE account = 'a' ORDER BY occurred_at, sequence"));

    [Fact]
    public async Task The_history_has_everything_that_ever_happened_and_when_it_was_recorded() => Assert.Equal(
        [
            "1 credit DANNON 300 t",
            "3 flush DANNON -300 t",
            "4 credit DANNON 1000 f",
            "5 credit UNILEVER 200 f",
            "6 deduction DANNON -200 f",
            "7 spend 0 f",
            "8 draw UNILEVER -200 f",
            "9 settlement DANNON 0 f",
            "10 draw DANNON -100 f",
        ],
        await ReadAsync(
            """
            SELECT concat_ws(' ', history.sequence, kind, payer, points, is_archived)
            FROM history JOIN journal_commit USING (recorded_at)
            WHERE account = 'a' AND history.sequence BETWEEN first_sequence AND last_sequence
            ORDER BY history.sequence
            """));

    [Fact]
    public async Task The_history_of_one_account_is_found_without_reading_the_whole_journal()
    {
        List<string> plan = await ReadAsync("SET enable_seqscan = off; EXPLAIN SELECT * FROM history WHERE account = 'a' ORDER BY sequence");
        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_table_and_every_view_has_a_comment() => Assert.Empty(
        await ReadAsync(
            """
            SELECT relname::text
            FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND obj_description(oid) IS NULL
            AND relname NOT IN ('schemaversions', 'test_clock')
            """));

    private Task<List<string>> ReadAsync(string sql) => _host.Sql.QueryAsync($"SET timezone = 'UTC'; {sql}", row => row.GetString(0));
}
