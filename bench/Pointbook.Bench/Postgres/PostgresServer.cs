using Npgsql;
using Pointbook.Bench.Reporting;
using Pointbook.Clusters;

namespace Pointbook.Bench.Postgres;

/// <summary>The PostgreSQL server that all candidates of a run share. The run creates it and deletes it at its end.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    // The first settings that an operator changes on a server with some gigabytes. All others have PostgreSQL's defaults. The settings
    // that decide about durability are repeated here to make them visible.
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

    /// <summary>Starts a server and describes it in the report.</summary>
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
    /// <returns>The connection string of the database.</returns>
    public Task<string> CreateDatabaseAsync() => _cluster.CreateDatabaseAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private async Task<string> ShowAsync(string setting)
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(_cluster.AdminConnectionString);
        await using NpgsqlCommand command = source.CreateCommand($"SHOW {setting}");
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
