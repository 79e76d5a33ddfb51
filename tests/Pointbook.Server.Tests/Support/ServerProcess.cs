using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pointbook.Server.Tests.Support;

/// <summary>The built server in its own process and its own data directory.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string Announcement = "Listening on ";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);
    private readonly Process _process;
    private readonly DirectoryInfo _directory;
    private readonly bool _isOwner;
    private readonly ConcurrentQueue<string> _lines = [];

    private ServerProcess(Process process, DirectoryInfo directory, bool isOwner) => (_process, _directory, _isOwner) = (process, directory, isOwner);

    /// <summary>The data directory of the server.</summary>
    public string Directory => _directory.FullName;

    /// <summary>The id of the server's process.</summary>
    public int Id => _process.Id;

    /// <summary>The address on which the server listens.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>Starts a server with additional environment variables, and waits until it listens.</summary>
    public static Task<ServerProcess> StartAsync(params (string Name, string Value)[] environment) =>
        StartAsync("http://127.0.0.1:0", System.IO.Directory.CreateTempSubdirectory("pointbook-process-"), isOwner: true, environment);

    /// <summary>Starts a server on an address and in a directory. If it owns the directory, its disposal deletes the directory.</summary>
    public static async Task<ServerProcess> StartAsync(string address, DirectoryInfo directory, bool isOwner = true, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(
            Path.Combine(AppContext.BaseDirectory, "pointbook"), ["--urls", address, "--Storage:Directory", directory.FullName])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // A busy machine may need more than a second to read the keys.
        start.Environment["Keys__AgeMax"] = "00:00:10";
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        ServerProcess server = new(Process.Start(start)!, directory, isOwner);
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

    /// <summary>Waits for a line that the server prints after it listens.</summary>
    public Task WaitForLineAsync(string part) => Eventually.TrueAsync(
        () => Task.FromResult(_lines.Any(line => line.Contains(part, StringComparison.Ordinal))),
        Deadline,
        () => $"It prints '{part}', only:\n{string.Join('\n', _lines)}");

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        if (_isOwner)
        {
            _directory.Delete(recursive: true);
        }
    }

    private async Task ListenAsync()
    {
        using CancellationTokenSource late = new(Deadline);
        string? line = "";
        while (line?.Contains(Announcement, StringComparison.Ordinal) == false)
        {
            line = await _process.StandardOutput.ReadLineAsync(late.Token);
        }

        Address = new Uri(line?.Split(Announcement)[1] ?? throw new InvalidOperationException(await _process.StandardError.ReadToEndAsync(late.Token)));
        // Further output must not fill the pipe.
        _ = ReadOnAsync();
        _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
    }

    private async Task ReadOnAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
        }
    }
}
