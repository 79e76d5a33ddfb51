using Npgsql;
using Pointbook.Clusters;
using Pointbook.Storage.Postgres.Tests.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>Statements that the store runs repeatedly find their rows by an index, even if they were planned while the tables were empty.</summary>
public sealed class PlanTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);

    public static TheoryData<string, string[]> AccountStorePlans => new()
    {
        { OperationReader.NewestFirstSql, ["Index Only Scan Backward using operation_pkey"] },
        { OperationReader.OldestFirstSql, ["Index Only Scan using operation_pkey"] },
        { AccountRows.NewestSql, ["Index Only Scan Backward using operation_pkey"] },
        { OperationReader.FollowingSql, ["Index Only Scan using operation_pkey"] },
        { AccountReader.ListSql, ["Index Only Scan using account_pkey"] },
        { DueReader.Sql, ["Index Only Scan using account_by_due", "Index Cond: ((partition = $1) AND (next_due <= $2))"] },
        { TimedAccounts.DueSql, ["Index Scan using account_by_due", "AND (next_due <= $2) AND (ROW(next_due, account) > ROW($3, $4))"] },
        { TimedAccounts.OldKeysSql, ["Index Scan using account_by_oldest_key", "AND (oldest_key <= $2) AND (ROW(oldest_key, account) > ROW($3, $4))"] },
        { AccountRows.RowsSql, ["Index Scan using account_pkey", "Index Cond: ((partition = $2) AND (account = ANY ($1)))"] },
        {
            AccountDirectory.FindSql,
            [
                "Index Only Scan Backward using account_bucket_pkey",
                "Index Cond: ((partition = $3) AND (account = asked.account))",
                "Index Cond: ((partition = $3) AND (bucket = (",
            ]
        },
        { ChunkReader.Sql, ["Index Cond: ((partition = $3) AND (account = wanted.account) AND (chunk = wanted.chunk))"] },
        { ChangeSet.WriteAccountsSql, ["Index Cond: ((partition = $6) AND (account = written.account))", "TID Cond: (ctid = found.place)"] },
        {
            ChangeSet.DeleteChunksSql,
            ["Index Cond: ((partition = $3) AND (account = dropped.account) AND (chunk = dropped.chunk))", "TID Cond: (ctid = found.place)"]
        },
    };

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(AccountStorePlans))]
    public async Task A_statement_of_the_account_store_uses_its_indexes(string sql, string[] indexes)
    {
        await using Database database = Open();
        await AssertPlanAsync(database.AccountStores, ListReader.SettingsSql, sql, indexes);
    }

    [Theory]
    [InlineData(PayerReader.ListSql, "Scan using payer_total_pkey", "read_model_pkey")]
    [InlineData(PayerReader.DaysSql, "Scan using payer_flow_pkey", "Scan using payer_stock_pkey", "Scan using payer_total_pkey")]
    [InlineData(ReadModelApply.Sql, "Scan using read_model_pkey")]
    public async Task A_statement_of_the_read_model_uses_its_indexes(string sql, params string[] indexes)
    {
        await using Database database = Open();
        await AssertPlanAsync(database.ReadModels, "SELECT 1", sql, indexes);
    }

    [Theory]
    [InlineData(DueReader.Sql)]
    [InlineData(TimedAccounts.DueSql)]
    [InlineData(TimedAccounts.OldKeysSql)]
    public async Task Accounts_with_due_events_or_old_keys_are_read_in_order_without_sorting(string sql)
    {
        await using Database database = Open();
        Assert.DoesNotContain(
            await ExplainAsync(database.AccountStores, ListReader.SettingsSql, sql), line => line.Contains("Sort  (", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Entries_of_operations_are_found_by_the_key_of_their_commits_without_a_scan()
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
        foreach (ResetTable table in AccountStoreReset.Tables)
        {
            string key = $"{(table.Key.Length == 1 ? table.Key[0].Name : $"ROW({string.Join(", ", table.Key.Select(column => column.Name))})")} >= ";
            foreach (string sql in new[] { table.NextSql, table.PieceSql, table.RestSql })
            {
                List<string> plan = await ExplainAsync(database.AccountStores, AccountStoreReset.SettingsSql, sql);
                Assert.Contains(plan, line => line.Contains($"Scan using {table.Name}_pkey on {table.Name}", StringComparison.Ordinal));
                Assert.Contains(plan, line => line.Contains("Index Cond: ((partition = $1) AND ", StringComparison.Ordinal) && line.Contains(key, StringComparison.Ordinal));
                Assert.DoesNotContain(plan, line => line.Contains("Filter", StringComparison.Ordinal) || line.Contains("Sort", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task A_deletion_of_an_old_generation_finds_its_rows_by_their_keys()
    {
        await using Database database = Open();
        foreach (ResetTable table in ReadModelLeftovers.Tables)
        {
            foreach (string sql in new[] { table.NextSql, table.PieceSql })
            {
                List<string> plan = await ExplainAsync(database.ReadModels, "SELECT 1", sql);
                Assert.Contains(plan, line => line.Contains($"Scan using {table.Name}_pkey on {table.Name}", StringComparison.Ordinal));
                Assert.Contains(plan, line => line.Contains("Index Cond: ((partition = $1) AND (ROW(generation, payer", StringComparison.Ordinal));
                Assert.DoesNotContain(plan, line => line.Contains("Filter", StringComparison.Ordinal) || line.Contains("Sort", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task Long_reads_of_journals_find_their_commits_by_their_key_too()
    {
        await using Database database = Open();
        await AssertPlanAsync(database.ReadModels, "SELECT 1", PostgresJournal.ReadCommitsSql, ["Index Scan using journal_commit_pkey"]);
        Assert.DoesNotContain(
            await ExplainAsync(database.ReadModels, "SELECT 1", PostgresJournal.ReadCommitsSql), line => line.Contains("Sort  (", StringComparison.Ordinal));
    }

    private static async Task AssertPlanAsync(NpgsqlDataSource source, string settings, string sql, string[] expected)
    {
        List<string> plan = await ExplainAsync(source, settings, sql);
        Assert.All(expected, part => Assert.Contains(plan, line => line.Contains(part, StringComparison.Ordinal)));
        Assert.DoesNotContain(plan, line => line.Contains("Seq Scan", StringComparison.Ordinal));
    }

    /// <summary>The generic plan for all parameters, as the store's own connections create it.</summary>
    private static async Task<List<string>> ExplainAsync(NpgsqlDataSource source, string settings, string sql)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(CancellationToken.None);
        int parameters = Enumerable.Range(1, 30).Last(number => sql.Contains($"${number}", StringComparison.Ordinal));
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
