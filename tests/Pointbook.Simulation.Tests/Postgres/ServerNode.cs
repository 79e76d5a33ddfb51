using System.Globalization;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>One of several servers on a store on PostgreSQL. Tests kill, restart and suspend it, and clients stay with it.</summary>
internal sealed class ServerNode : ILoadTarget, IAsyncDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WaitMax = TimeSpan.FromSeconds(20);

    private readonly string _workingDirectory;
    private readonly string[] _options;
    private readonly List<ServerProcess> _processes = [];
    private volatile Uri? _address;
    private int _clients;

    /// <summary>Names a server and the databases of its store. It does not start the server.</summary>
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

    /// <summary>The current process, or the last one.</summary>
    public ServerProcess Process => _processes.LastOrDefault() ?? throw new InvalidOperationException($"Server {Name} was never started.");

    /// <summary>Starts the server on its store, and does not wait until it serves.</summary>
    public void Launch() => _processes.Add(ServerProcess.Launch(_workingDirectory, _options));

    /// <summary>Waits until the server serves.</summary>
    public async Task WaitUntilListeningAsync()
    {
        await Process.WaitUntilListeningAsync();
        _address = Process.Address;
    }

    /// <summary>Starts the server and waits until it serves.</summary>
    public Task StartAsync()
    {
        Launch();
        return WaitUntilListeningAsync();
    }

    /// <summary>Kills the server at any point of its work, and waits until the process has ended.</summary>
    public async Task KillAsync()
    {
        _address = null;
        await Process.KillAsync();
        await Process.DisposeAsync();
    }

    /// <summary>Creates a client that finds the server again at a new address. Every other client has a short timeout.</summary>
    public LedgerClient NewClient() => new(Address, Interlocked.Increment(ref _clients) % 2 == 0 ? WaitMax : RetryPause);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (ServerProcess process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    /// <summary>The output of all processes of the server, for the message of a failing test.</summary>
    public override string ToString() => string.Join('\n', _processes.Select((process, start) => $"Start {start} of server {Name}:\n{process}"));

    // Another process may use the old address by now.
    private Uri Address() => _address ?? throw new HttpRequestException(HttpRequestError.ConnectionError, $"Server {Name} is down.");
}
