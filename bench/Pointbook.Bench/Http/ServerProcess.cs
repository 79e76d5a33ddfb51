using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Pointbook.Bench.Http;

/// <summary>A server in a separate process on a free loopback port.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private readonly Process _process;

    private ServerProcess(Process process, string url) => (_process, Url) = (process, url);

    public string Url { get; }

    /// <summary>Starts a program and waits until it says that it is ready.</summary>
    /// <param name="program">An executable, or a .dll that dotnet runs.</param>
    /// <param name="arguments">Returns the arguments for the address where the server must listen.</param>
    /// <param name="isServerGarbageCollection">Whether to use the server garbage collector; null for the program's own choice.</param>
    public static async Task<ServerProcess> StartAsync(string program, Func<string, string[]> arguments, bool? isServerGarbageCollection = null)
    {
        string url = $"http://127.0.0.1:{FreePort()}";
        bool isLibrary = program.EndsWith(".dll", StringComparison.Ordinal);
        ProcessStartInfo start = new(isLibrary ? "dotnet" : program, [.. isLibrary ? [program] : Array.Empty<string>(), .. arguments(url)])
        {
            // The benchmark does not need the output, but must read it, because a full pipe would stop the server.
            RedirectStandardOutput = true,
        };
        if (isServerGarbageCollection is not null)
        {
            start.Environment["DOTNET_gcServer"] = isServerGarbageCollection.Value ? "1" : "0";
        }

        Process process = Process.Start(start) ?? throw new BenchException($"{program} did not start.");
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        ServerProcess server = new(process, url);
        await server.WaitUntilReadyAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task WaitUntilReadyAsync()
    {
        using HttpClient client = new();
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < StartMax && !_process.HasExited)
        {
            try
            {
                using HttpResponseMessage reply = await client.GetAsync(new Uri(Url + "/health/ready"));
                if (reply.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // The server does not listen yet.
            }

            await Task.Delay(PollInterval);
        }

        await DisposeAsync();
        throw new BenchException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} did not become ready.");
    }
}
