using Npgsql;
using Pointbook.Bench.Reporting;

namespace Pointbook.Bench.Postgres;

/// <summary>The hand-written spend in a separate database, called by pgbench.</summary>
internal sealed class PlpgsqlBaseline : IAsyncDisposable
{
    public const string Name = "PL/pgSQL";
    private const int FillSecondsMax = 300;
    private readonly NpgsqlDataSource _source;
    private readonly PgBench _pgbench;
    private readonly int _accounts;
    private readonly int _lotsPerAccount;

    private PlpgsqlBaseline(string connectionString, int clients, int seconds, int accounts, int lotsPerAccount)
    {
        NpgsqlConnectionStringBuilder database = new(connectionString) { CommandTimeout = FillSecondsMax };
        _source = NpgsqlDataSource.Create(database);
        _pgbench = new PgBench(database, clients, seconds);
        _accounts = accounts;
        _lotsPerAccount = lotsPerAccount;
    }

    /// <summary>Creates the tables and the function, and checks that the function spends as Pointbook does.</summary>
    public static async Task<PlpgsqlBaseline> CreateAsync(PostgresServer server, Report report, int clients, int seconds, int accounts, int lotsPerAccount)
    {
        PlpgsqlBaseline baseline = new(await server.CreateDatabaseAsync(), clients, seconds, accounts, lotsPerAccount);
        string schema = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "scripts", "plpgsql", "schema.sql"));
        await baseline.ExecuteAsync(schema);
        await WorkedExample.CheckAsync(baseline._source, report);
        return baseline;
    }

    /// <summary>Fills up the accounts. Not measured.</summary>
    public Task FillAsync() => FillAsync(0, _accounts - 1, _lotsPerAccount);

    /// <summary>Fills up one more account with many lots. Not measured.</summary>
    public Task FillHotAsync(int lots) => FillAsync(_accounts, _accounts, lots);

    /// <summary>
    /// Cleans up after filling the accounts: removes dead rows, as autovacuum does later, and updates the statistics. Writes changed
    /// pages, because PostgreSQL would otherwise write them during the first measured round.
    /// </summary>
    public async Task SettleAsync()
    {
        await ExecuteAsync("VACUUM ANALYZE");
        await ExecuteAsync("CHECKPOINT");
    }

    /// <summary>Spends on all accounts with equal probability.</summary>
    public Task<Measurement> SpendAsync() => _pgbench.RunAsync("spend.sql", 0, _accounts - 1);

    /// <summary>Spends on the one account with many lots.</summary>
    public Task<Measurement> SpendHotAsync() => _pgbench.RunAsync("spend.sql", _accounts, _accounts);

    /// <summary>The mean number of lots that a spend drew on, to compare with the engine.</summary>
    public async Task<double> ReadDrawsPerSpendAsync()
    {
        await using NpgsqlCommand command = _source.CreateCommand("SELECT (SELECT count(*) FROM spend_draw)::float8 / (SELECT count(*) FROM spend)");
        return (double)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private Task FillAsync(int first, int last, int lots) => ExecuteAsync($"SELECT fill({first}, {last}, {lots})");

    private async Task ExecuteAsync(string sql)
    {
        await using NpgsqlCommand command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
