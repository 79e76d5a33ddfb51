using Pointbook.Storage.Sqlite.Tests.Support;

namespace Pointbook.Storage.Sqlite.Tests.Projections;

/// <summary>Questions about few rows do not read whole tables.</summary>
public sealed class IndexTests : IAsyncLifetime
{
    private readonly SqliteHost _host = new();

    public static TheoryData<string, string> Plans => new()
    {
        { HistoryReader.DueLotsSql, "SEARCH open_lot USING COVERING INDEX open_lot_by_expiry" },
        { HistoryReader.DueHoldsSql, "SEARCH hold USING COVERING INDEX hold_by_end" },
        { HistoryReader.AccountsSql, "SEARCH account USING PRIMARY KEY" },
        { $"{HistoryReader.OperationsSql} ORDER BY first_sequence DESC LIMIT ?7", "SEARCH operation USING PRIMARY KEY" },
        { PayerReader.DueSql, "SEARCH open_lot USING INDEX open_lot_by_payer_expiry (payer=? AND expires_at<?)" },
        { StateReader.PayersSql, "SEARCH payer_balance USING PRIMARY KEY (account=?)" },
        { StateReader.DueLotsSql, "SEARCH open_lot USING INDEX open_lot_by_account_expiry (account=? AND expires_at<?)" },
        { StateReader.DueHoldsSql, "SEARCH hold USING INDEX hold_by_account_end (account=? AND ends_at<?)" },
        { StateReader.DrawsSql, "SEARCH held_draw USING PRIMARY KEY (account=? AND hold=?)" },
        { StateReader.LotsSql, "SEARCH open_lot USING PRIMARY KEY (account=? AND (occurred_at,sequence)>(?,?))" },
        { StateReader.LotsBeforeSql, "SEARCH open_lot USING PRIMARY KEY (account=? AND (occurred_at,sequence)<(?,?))" },
        { ProjectionWriter.ForgetKeysSql, "SEARCH idempotency_key USING COVERING INDEX idempotency_key_by_age" },
    };

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [MemberData(nameof(Plans))]
    public void A_question_finds_its_rows_by_an_index_and_in_its_order(string statement, string step)
    {
        using Sql sql = new(_host.Files.Projection);
        List<string> plan = sql.Query($"EXPLAIN QUERY PLAN {statement}", row => row.GetString(3));
        Assert.Contains(plan, line => line.StartsWith(step, StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.StartsWith("SCAN", StringComparison.Ordinal) || line.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }
}
