namespace Pointbook.Storage.Postgres.Tests.Support;

/// <summary>A clock in the database that shows the time of a test's clock.</summary>
internal sealed class DatabaseClock : IAsyncDisposable
{
    /// <summary>The expression with which the store reads the clock.</summary>
    public const string NowSql = "(SELECT now FROM test.clock)";

    private readonly Sql _sql;
    private readonly TimeProvider _clock;
    private DateTimeOffset _synchronized;

    private DatabaseClock(Sql sql, TimeProvider clock) => (_sql, _clock) = (sql, clock);

    public static async Task<DatabaseClock> CreateAsync(string connectionString, TimeProvider clock)
    {
        Sql sql = await Sql.OpenAsync(connectionString);
        await sql.RunAsync("CREATE SCHEMA IF NOT EXISTS test");
        await sql.RunAsync("CREATE TABLE test.clock AS SELECT timestamptz '-infinity' AS now");
        DatabaseClock created = new(sql, clock);
        await created.SynchronizeAsync();
        return created;
    }

    /// <summary>Sets the clock to the current time of the test.</summary>
    public async Task SynchronizeAsync()
    {
        DateTimeOffset now = _clock.GetUtcNow();
        if (now != _synchronized)
        {
            await _sql.RunAsync("UPDATE test.clock SET now = $1", now.UtcDateTime);
            _synchronized = now;
        }
    }

    public ValueTask DisposeAsync() => _sql.DisposeAsync();
}
