using System.Diagnostics;

namespace Pointbook.Server.Tests.Support;

/// <summary>The built server as a process of its own, in a data directory of its own.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string Announcement = "Listening on ";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);
    private readonly Process _process;
    private readonly DirectoryInfo _directory;

    private ServerProcess(Process process, DirectoryInfo directory) => (_process, _directory) = (process, directory);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Starts a server with more variables in its environment, and waits until it listens.</summary>
    public static async Task<ServerProcess> StartAsync(params (string Name, string Value)[] environment)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pointbook-process-");
        ProcessStartInfo start = new(
            Path.Combine(AppContext.BaseDirectory, "pointbook"), ["--urls", "http://127.0.0.1:0", "--Storage:Directory", directory.FullName])
        {
            RedirectStandardOutput = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        ServerProcess server = new(Process.Start(start)!, directory);
        try
        {
            await server.ListenAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _directory.Delete(recursive: true);
    }

    private async Task ListenAsync()
    {
        using CancellationTokenSource late = new(Deadline);
        string? line = "";
        while (line?.Contains(Announcement, StringComparison.Ordinal) == false)
        {
            line = await _process.StandardOutput.ReadLineAsync(late.Token);
        }

        Address = new Uri(line?.Split(Announcement)[1] ?? throw new InvalidOperationException("The server ended before it listened."));
        // What else it prints must not fill the pipe.
        _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
    }
}
