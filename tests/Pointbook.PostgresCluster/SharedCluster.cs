using System.Collections.Concurrent;

namespace Pointbook.Clusters;

/// <summary>One cluster for all tests of an assembly that leave it as it is. It is created when the first of them asks for it.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    private readonly Lazy<Task<PostgresCluster>> _cluster = new(() => PostgresCluster.CreateAsync());

    private readonly ConcurrentBag<string> _emptyDatabases = [];

    public Task<PostgresCluster> GetAsync() => _cluster.Value;

    /// <summary>Gives an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> TakeDatabaseAsync()
    {
        PostgresCluster cluster = await GetAsync();
        return _emptyDatabases.TryTake(out string? database) ? database : await cluster.CreateDatabaseAsync();
    }

    /// <summary>Takes a database back and empties it for the next one, which is many times faster than to drop it and create another.</summary>
    public async Task ReturnDatabaseAsync(string connectionString)
    {
        PostgresCluster cluster = await GetAsync();
        await cluster.TerminateBackendsAsync(connectionString);
        await PostgresCluster.ExecuteAsync(
            connectionString,
            """
            DO $$
            DECLARE
                name text;
            BEGIN
                FOR name IN SELECT nspname FROM pg_namespace WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%' LOOP
                    EXECUTE format('DROP SCHEMA %I CASCADE', name);
                END LOOP;
                CREATE SCHEMA public;
            END
            $$
            """);
        _emptyDatabases.Add(connectionString);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_cluster.IsValueCreated)
        {
            PostgresCluster cluster = await GetAsync();
            await cluster.DisposeAsync();
        }
    }
}
