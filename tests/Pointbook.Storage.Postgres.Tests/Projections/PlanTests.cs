using Npgsql;
using Pointbook.Clusters;
using Pointbook.Storage.Postgres.Tests.Support;

namespace Pointbook.Storage.Postgres.Tests.Projections;

/// <summary>Statements that are run again and again find their rows by an index, also when they were planned while the tables were empty.</summary>
public sealed class PlanTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);

    public static TheoryData<string, string[]> OfProjections => new()
    {
        { OperationReader.NewestFirstSql, ["Index Scan Backward using operation_pkey"] },
        { OperationReader.OldestFirstSql, ["Index Scan using operation_pkey"] },
        { AccountReader.ListSql, ["Index Only Scan using account_pkey"] },
        { DueReader.Sql, ["Index Scan using lot_by_expiry", "Index Scan using hold_by_end"] },
        { PayerReader.ListSql, ["payer_total_pkey", "Index Scan using lot_by_payer_expiry"] },
        { StateReader.AccountsSql, ["Index Scan using account_pkey"] },
        { StateReader.PayersOfSql, ["Index Scan using payer_balance_pkey"] },
        { StateReader.DueLotsSql, ["Index Scan using lot_by_account_expiry"] },
        { StateReader.DueHoldsSql, ["Index Scan using hold_by_account_end"] },
        { StateReader.DueDrawsSql, ["Index Scan using hold_by_account_end", "Index Scan using held_draw_pkey"] },
        { StateReader.LotsSql, ["Index Scan using lot_pkey", "AND (ROW(occurred_at, sequence) > ROW($3, $4))"] },
        { StateReader.LotsBeforeSql, ["Index Scan using lot_pkey", "AND (ROW(occurred_at, sequence) <= ROW($5, $6))"] },
        { PayerDayReader.Sql, ["payer_flow_pkey", "payer_stock_pkey"] },
        { KeyPurge.Sql, ["Index Scan using idempotency_key_by_age", "using idempotency_key_pkey"] },
    };

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(OfProjections))]
    public async Task A_statement_of_the_projection_uses_its_indexes(string sql, string[] indexes)
    {
        await using Database database = Open();
        await AssertPlanAsync(database.Projections, ListReader.SettingsSql, sql, indexes);
    }

    [Fact]
    public async Task The_rows_that_are_due_come_in_order_and_are_not_sorted()
    {
        await using Database database = Open();
        List<string> plan = await ExplainAsync(database.Projections, ListReader.SettingsSql, DueReader.Sql);
        int parts = plan.FindIndex(line => line.Contains("Append", StringComparison.Ordinal));
        int rest = plan.FindIndex(line => line.Contains("InitPlan", StringComparison.Ordinal));
        Assert.Equal(2, plan[parts..rest].Count(line => line.Contains("Limit", StringComparison.Ordinal)));
        Assert.DoesNotContain(plan[parts..rest], line => line.Contains("Sort  (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Entries_of_operations_are_found_by_the_key_of_their_commits_and_not_by_going_through_the_journal()
    {
        await using Database database = Open();
        await AssertPlanAsync(
            database.Journals,
            "SELECT 1",
            StoredPart.FindSql,
            [
                "Index Only Scan Backward using journal_commit_pkey",
                "Index Cond: ((partition = $1) AND (first_sequence <= range.last) AND (first_sequence >= COALESCE(",
            ]);
        await AssertPlanAsync(database.Journals, "SELECT 1", BodyBytes.ReadSql, ["Index Cond: ((partition = $1) AND (first_sequence = wanted.first))"]);
    }

    [Fact]
    public async Task A_reset_finds_the_rows_of_its_partition_by_their_keys()
    {
        await using Database database = Open();
        foreach (ResetTable table in ProjectionReset.Tables)
        {
            string key = $"{(table.Key.Length == 1 ? table.Key[0].Name : $"ROW({string.Join(", ", table.Key.Select(column => column.Name))})")} >= ";
            foreach (string sql in new[] { table.NextSql, table.PieceSql, table.RestSql })
            {
                List<string> plan = await ExplainAsync(database.Projections, ProjectionReset.SettingsSql, sql);
                Assert.Contains(plan, line => line.Contains($"Scan using {table.Name}_pkey on {table.Name}", StringComparison.Ordinal));
                Assert.Contains(plan, line => line.Contains("Index Cond: ((partition = $1) AND ", StringComparison.Ordinal) && line.Contains(key, StringComparison.Ordinal));
                Assert.DoesNotContain(plan, line => line.Contains("Filter", StringComparison.Ordinal) || line.Contains("Sort", StringComparison.Ordinal));
            }
        }
    }

    private static async Task AssertPlanAsync(NpgsqlDataSource source, string settings, string sql, string[] expected)
    {
        List<string> plan = await ExplainAsync(source, settings, sql);
        Assert.All(expected, part => Assert.Contains(plan, line => line.Contains(part, StringComparison.Ordinal)));
        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan", StringComparison.Ordinal));
    }

    /// <summary>The plan that is kept for all parameters, as the store's own connections make it.</summary>
    private static async Task<List<string>> ExplainAsync(NpgsqlDataSource source, string settings, string sql)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(CancellationToken.None);
        int parameters = Enumerable.Range(1, 20).Last(number => sql.Contains($"${number}", StringComparison.Ordinal));
        await using NpgsqlBatch batch = new(connection);
        batch.Add("SET plan_cache_mode = force_generic_plan");
        batch.Add(settings);
        batch.Add($"PREPARE statement AS {sql}");
        batch.Add($"EXPLAIN EXECUTE statement ({string.Join(", ", Enumerable.Repeat("NULL", parameters))})");
        batch.Add("DEALLOCATE statement");
        await using NpgsqlDataReader row = await batch.ExecuteReaderAsync(CancellationToken.None);
        await row.NextResultAsync();
        List<string> plan = [];
        while (await row.ReadAsync())
        {
            plan.Add(row.GetString(0));
        }

        return plan;
    }

    private Database Open() => Database.AllOf(_host.Options, isReadOnly: false)[0];
}
