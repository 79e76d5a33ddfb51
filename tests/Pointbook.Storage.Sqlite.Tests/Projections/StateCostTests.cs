using Microsoft.Data.Sqlite;
using Pointbook.Storage.Sqlite.Tests.Support;
using SQLitePCL;

namespace Pointbook.Storage.Sqlite.Tests.Projections;

/// <summary>What pages of lots and balances read is counted in steps of SQLite's machine, a few of which make a row.</summary>
public sealed class StateCostTests : IAsyncLifetime
{
    private const int LotCount = 60_000;
    private readonly SqliteHost _host = new();

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        using SqliteConnection connection = Open();
        using SqliteCommand fill = connection.CreateCommand();
        fill.CommandText =
            $"""
            INSERT INTO open_lot (account, occurred_at, sequence, payer, remaining, expires_at)
            WITH RECURSIVE number (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM number LIMIT {LotCount})
            SELECT 'giant', value * 10, value, 'P', 1, iif(value = {LotCount / 2}, 5, iif(value % 2 = 0, 1000000 + value, NULL))
            FROM number
            """;
        fill.ExecuteNonQuery();
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public void A_page_deep_in_sixty_thousand_lots_reads_as_much_as_the_first_one()
    {
        using SqliteConnection connection = Open();
        (int rows, int steps) first = Run(connection, StateReader.LotsSql, "giant", long.MinValue, 0, 10, 51);
        (int rows, int steps) deep = Run(connection, StateReader.LotsSql, "giant", (LotCount - 100) * 10, LotCount - 100, 10, 51);

        Assert.Equal((51, 51), (first.rows, deep.rows));
        Assert.InRange(deep.steps, 1, first.steps + 20);
        Assert.InRange(deep.steps, 1, 2_000);
    }

    [Fact]
    public void The_one_due_lot_of_sixty_thousand_is_found_by_itself()
    {
        using SqliteConnection connection = Open();
        (int rows, int steps) due = Run(connection, StateReader.DueLotsSql, "giant", 10);
        Assert.Equal(1, due.rows);
        Assert.InRange(due.steps, 1, 100);
        Assert.InRange(Run(connection, PayerReader.DueSql, "P", 10).Steps, 1, 100);
    }

    [Fact]
    public void Holds_that_flushes_set_aside_cost_the_sweeper_nothing()
    {
        using SqliteConnection connection = Open();
        using SqliteCommand fill = connection.CreateCommand();
        fill.CommandText =
            """
            INSERT INTO hold (account, sequence, ends_at, points, is_aside)
            WITH RECURSIVE number (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM number LIMIT 10000)
            SELECT 'account' || value, value, 5, 1, value <> 10000
            FROM number
            """;
        fill.ExecuteNonQuery();
        (int rows, int steps) due = Run(connection, HistoryReader.DueHoldsSql, null, 10);

        Assert.Equal(1, due.rows);
        Assert.InRange(due.steps, 1, 100);
    }

    private static (int Rows, int Steps) Run(SqliteConnection connection, string sql, string? key, params long[] values)
    {
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_prepare_v2(connection.Handle, sql, out sqlite3_stmt statement));
        using (statement)
        {
            int first = 1;
            if (key is not null)
            {
                raw.sqlite3_bind_text(statement, first++, key);
            }

            for (int index = 0; index < values.Length; index++)
            {
                raw.sqlite3_bind_int64(statement, first + index, values[index]);
            }

            int rows = 0;
            while (raw.sqlite3_step(statement) == raw.SQLITE_ROW)
            {
                rows++;
            }

            return (rows, raw.sqlite3_stmt_status(statement, raw.SQLITE_STMTSTATUS_VM_STEP, 0));
        }
    }

    private SqliteConnection Open()
    {
        SqliteConnection connection = new($"Data Source={_host.Files.Projection};Pooling=False");
        connection.Open();
        return connection;
    }
}
