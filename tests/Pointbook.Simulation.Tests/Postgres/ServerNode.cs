using System.Globalization;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>One of several servers on a store on PostgreSQL. It may be killed and started again, and held up. Clients stay with it.</summary>
internal sealed class ServerNode : ILoadTarget, IAsyncDisposable
{
    private static readonly TimeSpan Impatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _workingDirectory;
    private readonly string[] _options;
    private readonly List<ServerProcess> _processes = [];
    private volatile Uri? _address;
    private int _clients;

    /// <summary>Names a server and the databases of its store; it is not started yet.</summary>
    public ServerNode(string name, IEnumerable<string> databases, string workingDirectory, params IEnumerable<string> options)
    {
        Name = name;
        Client = new LedgerClient(Address, Deadline.Short);
        _workingDirectory = workingDirectory;
        _options =
        [
            "--urls", "http://127.0.0.1:0", "--Storage:Provider", "Postgres",
            .. databases.SelectMany((database, index) => new[] { string.Create(CultureInfo.InvariantCulture, $"--Storage:ConnectionStrings:{index}"), database }),
            .. options,
        ];
    }

    public string Name { get; }

    /// <summary>A client that waits for every answer.</summary>
    public LedgerClient Client { get; }

    /// <summary>The present process, or the last one.</summary>
    public ServerProcess Process => _processes.LastOrDefault() ?? throw new InvalidOperationException($"Server {Name} was never started.");

    /// <summary>Starts it on its store, without waiting until it serves.</summary>
    public void Launch() => _processes.Add(ServerProcess.Launch(_workingDirectory, _options));

    /// <summary>Waits until it serves.</summary>
    public async Task WaitUntilListeningAsync()
    {
        await Process.WaitUntilListeningAsync();
        _address = Process.Address;
    }

    /// <summary>Starts it and waits until it serves.</summary>
    public Task StartAsync()
    {
        Launch();
        return WaitUntilListeningAsync();
    }

    /// <summary>Ends it at once, wherever it is, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _address = null;
        await Process.KillAsync();
        await Process.DisposeAsync();
    }

    /// <summary>A client that stays with the server when it comes back somewhere else. Every other one does not wait for long.</summary>
    public LedgerClient NewClient() => new(Address, Interlocked.Increment(ref _clients) % 2 == 0 ? Patience : Impatience);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (ServerProcess process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    /// <summary>What all its processes said, for the message of a test that fails.</summary>
    public override string ToString() => string.Join('\n', _processes.Select((process, start) => $"Start {start} of server {Name}:\n{process}"));

    // Its old address may be somebody else's by now.
    private Uri Address() => _address ?? throw new HttpRequestException(HttpRequestError.ConnectionError, $"Server {Name} is down.");
}
