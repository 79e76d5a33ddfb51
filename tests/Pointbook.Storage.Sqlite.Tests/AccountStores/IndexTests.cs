using Pointbook.Storage.Sqlite.Tests.Support;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>Queries for few rows do not read whole tables.</summary>
public sealed class IndexTests : IAsyncLifetime
{
    private readonly SqliteHost _host = new();

    public static TheoryData<string, string> Plans => new()
    {
        { HistoryReader.DueSql, "SEARCH account USING COVERING INDEX account_by_due (next_due<?)" },
        { HistoryReader.AccountsSql, "SEARCH account USING PRIMARY KEY" },
        { $"{HistoryReader.OperationsSql} ORDER BY first_sequence DESC LIMIT ?7", "SEARCH operation USING PRIMARY KEY" },
        { DueRows.Sql, "SEARCH account USING INDEX account_by_due (next_due<?)" },
        { RoundWriter.OldKeysSql, "SEARCH account USING COVERING INDEX account_by_oldest_key (oldest_key>? AND oldest_key<?)" },
    };

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Plans))]
    public void A_query_uses_an_index_that_is_in_its_order(string statement, string step)
    {
        using Sql sql = new(_host.Files.AccountStore);
        List<string> plan = sql.Query($"EXPLAIN QUERY PLAN {statement}", row => row.GetString(3));
        Assert.Contains(plan, line => line.StartsWith(step, StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.StartsWith("SCAN", StringComparison.Ordinal) || line.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }
}
