using System.Net;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>Servers on one store, which has its own databases.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private readonly PostgresCluster _cluster;
    private readonly TemporaryDirectory _directory = new();
    private readonly List<ServerNode> _nodes = [];

    private Fleet(PostgresCluster cluster, IReadOnlyList<string> databases) => (_cluster, Databases) = (cluster, databases);

    /// <summary>The connection strings of the store's databases.</summary>
    public IReadOnlyList<string> Databases { get; }

    public IReadOnlyList<ServerNode> Nodes => _nodes;

    /// <summary>Creates empty databases for a new store.</summary>
    public static async Task<Fleet> CreateAsync(SharedCluster shared, int databases = 1)
    {
        PostgresCluster cluster = await shared.GetAsync();
        List<string> created = [];
        for (int index = 0; index < databases; index++)
        {
            created.Add(await cluster.CreateDatabaseAsync());
        }

        return new Fleet(cluster, created);
    }

    /// <summary>Adds a server without starting it.</summary>
    public ServerNode Add(params IReadOnlyList<string> options) => Add(Databases, options);

    /// <summary>Adds a server that lists the databases in another order, or has other databases, without starting it.</summary>
    public ServerNode Add(IReadOnlyList<string> databases, IReadOnlyList<string> options)
    {
        ServerNode node = new($"{(char)('A' + _nodes.Count)}", databases, _directory.FullName, options);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Starts all servers at the same moment and waits until all of them serve.</summary>
    public async Task StartAllAsync()
    {
        foreach (ServerNode node in _nodes)
        {
            node.Launch();
        }

        await Task.WhenAll(_nodes.Select(node => node.WaitUntilListeningAsync()));
    }

    /// <summary>Waits until all servers say that they are ready.</summary>
    public Task WaitUntilReadyAsync() => Task.WhenAll(_nodes.Select(WaitUntilReadyAsync));

    /// <summary>Asks all servers to stop, and expects each to end without an error.</summary>
    public Task StopAllAsync() => Task.WhenAll(_nodes.Select(node => node.Process.StopAsync()));

    public async ValueTask DisposeAsync()
    {
        foreach (ServerNode node in _nodes)
        {
            await node.DisposeAsync();
        }

        foreach (string database in Databases)
        {
            await _cluster.DropDatabaseAsync(database);
        }

        _directory.Dispose();
    }

    private static Task WaitUntilReadyAsync(ServerNode node) => Eventually.TrueAsync(
        async () => (await node.Client.GetAsync("/health/ready")).Status == HttpStatusCode.OK,
        Deadline.Short,
        () => $"A server did not become ready.\n{node}");
}
