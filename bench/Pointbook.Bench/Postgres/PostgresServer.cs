using Npgsql;
using Pointbook.Bench.Reporting;
using Pointbook.Clusters;

namespace Pointbook.Bench.Postgres;

/// <summary>The PostgreSQL server that all contenders of a run share: it is created for the run and thrown away with it.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    // What anybody would set first on a server of some gigabytes. All else is PostgreSQL's default; what decides about durability
    // is said again so that nobody has to wonder.
    private static readonly KeyValuePair<string, string>[] Settings =
    [
        new("shared_buffers", "512MB"),
        new("max_wal_size", "4GB"),
        new("fsync", "on"),
        new("synchronous_commit", "on"),
        new("full_page_writes", "on"),
    ];

    private readonly PostgresCluster _cluster;

    private PostgresServer(PostgresCluster cluster) => _cluster = cluster;

    /// <summary>Starts a server and tells the report what it is.</summary>
    public static async Task<PostgresServer> StartAsync(Report report)
    {
        PostgresServer server = new(await PostgresCluster.CreateAsync(Settings));
        report.Describe("postgresql", $"{await server.ShowAsync("server_version")}, on the same machine, over TCP without TLS");
        List<string> settings = [];
        foreach ((string name, _) in Settings)
        {
            settings.Add($"{name} = {await server.ShowAsync(name)}");
        }

        report.Describe("settings", string.Join(", ", settings));
        return server;
    }

    /// <summary>Creates an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public Task<string> CreateDatabaseAsync() => _cluster.CreateDatabaseAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private async Task<string> ShowAsync(string setting)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(_cluster.AdminConnectionString);
        await using NpgsqlCommand command = source.CreateCommand($"SHOW {setting}");
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
