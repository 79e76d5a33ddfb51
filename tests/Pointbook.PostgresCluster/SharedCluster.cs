namespace Pointbook.Clusters;

/// <summary>One cluster for all tests of an assembly that leave it as it is. It is created when the first of them asks for it.</summary>
public sealed class SharedCluster : IAsyncLifetime
{
    private readonly Lazy<Task<PostgresCluster>> _cluster = new(() => PostgresCluster.CreateAsync());

    public Task<PostgresCluster> GetAsync() => _cluster.Value;

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
