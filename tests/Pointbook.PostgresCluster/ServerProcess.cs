using System.Diagnostics;
using System.Globalization;

namespace Pointbook.Clusters;

/// <summary>The processes of one running server.</summary>
internal sealed class ServerProcess : IDisposable
{
    // The server writes its output to the file directly and not through this process: a server that logs must never wait for a test.
    private const string LogAndBecome = "log=\"$1\"; shift; exec \"$@\" </dev/null >>\"$log\" 2>&1";

    private static readonly TimeSpan StopMax = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private bool _isSuspended;
    private IReadOnlyList<int> _killed = [];

    private ServerProcess(Process process) => _process = process;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a server without waiting until it is ready.</summary>
    public static async Task<ServerProcess> StartAsync(string data, string log, int port, IEnumerable<KeyValuePair<string, string>> settings)
    {
        IEnumerable<KeyValuePair<string, string>> all =
        [
            new("listen_addresses", "127.0.0.1"),
            new("port", port.ToString(CultureInfo.InvariantCulture)),
            new("unix_socket_directories", ""),
            new("max_connections", "200"),
            new("shared_buffers", "128MB"),
            // A killed server leaves its files in the directory that is deleted with the cluster.
            new("dynamic_shared_memory_type", "mmap"),
            new("logging_collector", "off"),
            new("log_destination", "stderr"),
            .. settings,
        ];
        IEnumerable<string> command = Binaries.AsServerUser(
            [Path.Combine(Binaries.Directory, "postgres"), "-D", data, .. all.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" })]);
        ProcessStartInfo start = new("/bin/sh", ["-c", LogAndBecome, "sh", log, .. command]) { WorkingDirectory = "/" };
        return new ServerProcess(await Launcher.StartAsync(start));
    }

    public async Task StopAsync(StopMode mode)
    {
        Resume();
        switch (mode)
        {
            case StopMode.Smart:
                Signals.Send(_process.Id, Signals.Terminate);
                break;
            case StopMode.Fast:
                Signals.Send(_process.Id, Signals.Interrupt);
                break;
            case StopMode.Immediate:
                Signals.Send(_process.Id, Signals.Quit);
                break;
            case StopMode.Kill:
                Kill();
                break;
        }

        if (!await HasEndedInTimeAsync())
        {
            Kill();
            await HasEndedInTimeAsync();
            throw new TimeoutException($"PostgreSQL did not stop ({mode}) within {StopMax}.");
        }
    }

    /// <summary>Freezes all processes. Connections stay open, but the server answers nothing.</summary>
    public void Suspend()
    {
        // The main process is frozen first, so that it starts no more processes.
        Signals.Send(_process.Id, Signals.Stop);
        SendToChildren(Signals.Stop);
        _isSuspended = true;
    }

    public void Resume()
    {
        if (_isSuspended)
        {
            SendToChildren(Signals.Continue);
            Signals.Send(_process.Id, Signals.Continue);
            _isSuspended = false;
        }
    }

    public void Dispose() => _process.Dispose();

    private void Kill()
    {
        Signals.Send(_process.Id, Signals.Stop);
        _killed = Signals.ChildrenOf(_process.Id);
        foreach (int child in _killed)
        {
            Signals.Send(child, Signals.Kill);
        }

        Signals.Send(_process.Id, Signals.Kill);
    }

    private void SendToChildren(int signal)
    {
        foreach (int child in Signals.ChildrenOf(_process.Id))
        {
            Signals.Send(child, signal);
        }
    }

    private async Task<bool> HasEndedInTimeAsync()
    {
        using CancellationTokenSource late = new(StopMax);
        try
        {
            await _process.WaitForExitAsync(late.Token);
            // A killed process that still writes to the disk keeps the shared memory. Until it ends, the next server cannot start.
            await Eventually.TrueAsync(() => _killed.All(Signals.HasEnded));
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
