using Npgsql;

namespace Pointbook.Storage.Postgres.Tests.Outages;

/// <summary>Connections of other clients that leave none for the ledger.</summary>
internal sealed class IdleConnections(string database) : IAsyncDisposable
{
    private readonly List<NpgsqlConnection> _connections = [];

    /// <summary>
    /// Closes the ledger's connections and occupies every connection slot, including those for superusers, before the ledger
    /// can reconnect.
    /// </summary>
    public async Task OpenAllAsync()
    {
        await FillAsync();
        await using NpgsqlCommand end = new(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'pointbook'", _connections[0]);
        long ended;
        do
        {
            // A terminated connection keeps its slot until its process has ended. So only a fill that begins when no such
            // process is left is the last one.
            ended = (long)(await end.ExecuteScalarAsync())!;
            await FillAsync();
        }
        while (ended > 0);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (NpgsqlConnection connection in _connections)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task FillAsync()
    {
        while (true)
        {
            NpgsqlConnection connection = new(new NpgsqlConnectionStringBuilder(database) { Pooling = false, ApplicationName = "idle" }.ConnectionString);
            try
            {
                await connection.OpenAsync();
                _connections.Add(connection);
            }
            catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                await connection.DisposeAsync();
                return;
            }
        }
    }
}
