using Pointbook.Clusters;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Projections;

/// <summary>What somebody with psql finds in the view.</summary>
public sealed class ViewTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);
    private CommitChain _chain = null!;
    private ScriptedLedger _ledger = null!;
    private int _takenIn;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        _ledger = new ScriptedLedger(_chain);
        _ledger.Add("a", "DANNON", 300);
        _ledger.Add("b", "Q", 1);
        _ledger.Flush("a");
        _ledger.Commit();
        _ledger.Add("a", "DANNON", 1000, day: 4, key: "first");
        _ledger.Add("a", "UNILEVER", 200, day: 1);
        _ledger.Add("a", "DANNON", -200, day: 2);
        _ledger.Spend("a", 300);
        _ledger.Commit();
        await TakeInAsync();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_history_has_everything_that_ever_happened_and_when_it_was_recorded() => Assert.Equal(
        [
            "1 1 credit 300",
            "3 3 flush -300",
            "4 4 credit 1000",
            "5 5 credit 200",
            "6 6 deduction -200",
            "7 10 spend -300",
        ],
        await ReadAsync(
            """
            SELECT concat_ws(' ', history.sequence, history.last_sequence, kind, points)
            FROM history JOIN journal_commit USING (partition, decided_at, recorded_at)
            WHERE account = 'a' AND history.sequence >= first_sequence AND history.last_sequence <= journal_commit.last_sequence
            ORDER BY history.sequence
            """));

    [Fact]
    public async Task The_history_of_one_account_is_found_without_reading_the_whole_journal()
    {
        List<string> plan = await ReadAsync("SET enable_seqscan = off; EXPLAIN SELECT * FROM history WHERE partition = partition_of('a') AND account = 'a' ORDER BY sequence");
        int scan = plan.FindIndex(line => line.Contains("Index Scan using operation_pkey on operation", StringComparison.Ordinal));
        Assert.True(
            scan >= 0 && plan[scan + 1].Contains("Index Cond: ((partition = partition_of('a'::text)) AND (account = 'a'::text", StringComparison.Ordinal),
            string.Join(Environment.NewLine, plan));
        Assert.DoesNotContain(
            plan, line => line.Contains("Seq Scan", StringComparison.Ordinal) || line.Contains("Sort", StringComparison.Ordinal) || line.Contains("journal", StringComparison.Ordinal));
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

    /// <summary>Appends what was committed since the last time, and projects it.</summary>
    private async Task TakeInAsync()
    {
        Commit[] commits = [.. _chain.Commits.Skip(_takenIn)];
        foreach (Commit commit in commits)
        {
            Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, CancellationToken.None));
        }

        Assert.True(await _host.Projection.ApplyAsync(ProjectionRound.From(commits), CancellationToken.None));
        _takenIn = _chain.Commits.Count;
    }

    private Task<List<string>> ReadAsync(string sql) => _host.Sql.QueryAsync($"SET timezone = 'UTC'; {sql}", row => row.GetString(0));
}
