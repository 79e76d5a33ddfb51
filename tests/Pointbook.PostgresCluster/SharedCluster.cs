using System.Collections.Concurrent;

namespace Pointbook.Clusters;

/// <summary>One cluster for all tests of an assembly that do not change the server itself. The first test that needs it creates it.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    private readonly Lazy<Task<PostgresCluster>> _cluster = new(() => PostgresCluster.CreateAsync());

    private readonly ConcurrentBag<string> _emptyDatabases = [];

    public Task<PostgresCluster> GetAsync() => _cluster.Value;

    /// <summary>Provides an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> TakeDatabaseAsync()
    {
        PostgresCluster cluster = await GetAsync();
        return _emptyDatabases.TryTake(out string? database) ? database : await cluster.CreateDatabaseAsync();
    }

    /// <summary>Takes a database back and empties it for the next test. This is many times faster than dropping it and creating another one.</summary>
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
