namespace Pointbook.Simulation.Tests.Support;

/// <summary>The shipped server in its own process, on a port that the operating system chose.</summary>
internal sealed class ServerProcess : ILoadTarget, IAsyncDisposable
{
    private readonly ChildProcess _process;
    private Uri? _address;

    private ServerProcess(ChildProcess process) => _process = process;

    /// <summary>The unique name of the server.</summary>
    public string Name => Address.ToString();

    /// <summary>The address where the server listens.</summary>
    public Uri Address => _address ?? throw new InvalidOperationException("The test did not wait for the server.");

    /// <summary>The lines that the server has logged so far.</summary>
    public IReadOnlyList<string> Log => _process.Output;

    /// <summary>The lines that the server has written to standard error so far.</summary>
    public IReadOnlyList<string> Errors => _process.Errors;

    /// <summary>The peak memory of the server, in bytes.</summary>
    public long MemoryPeak => _process.MemoryPeak;

    /// <summary>Starts the server on a data directory and waits until it listens.</summary>
    public static async Task<ServerProcess> StartAsync(string dataDirectory, params string[] options)
    {
        ServerProcess server = Launch(dataDirectory, ["--Storage:Directory", dataDirectory, "--urls", "http://127.0.0.1:0", "--Keys:AgeMax", "00:00:10", .. options]);
        return await server.WaitUntilListeningAsync();
    }

    /// <summary>Starts the server with additional environment variables, and waits until it listens.</summary>
    public static Task<ServerProcess> StartAsync(string dataDirectory, KeyValuePair<string, string> variable) => StartAsync(ChildProcess.Start(
        "dotnet",
        ["exec", Repository.ServerAssembly, "--Storage:Directory", dataDirectory, "--urls", "http://127.0.0.1:0"],
        dataDirectory,
        [variable]));

    /// <summary>Takes over a server that a command started, and waits until it listens.</summary>
    public static Task<ServerProcess> StartAsync(ChildProcess process) => new ServerProcess(process).WaitUntilListeningAsync();

    /// <summary>Starts the server and does not wait.</summary>
    public static ServerProcess Launch(string workingDirectory, params string[] options)
    {
        Assert.True(File.Exists(Repository.ServerAssembly), "Build the server with the configuration of these tests.");
        Directory.CreateDirectory(workingDirectory);
        return new ServerProcess(ChildProcess.Start("dotnet", ["exec", Repository.ServerAssembly, .. options], workingDirectory));
    }

    /// <summary>Waits until the server listens.</summary>
    public async Task<ServerProcess> WaitUntilListeningAsync()
    {
        try
        {
            _address = new Uri(await WaitForLogAsync("Listening on "));
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for a log line that contains a text.</summary>
    /// <returns>The rest of the line after the text.</returns>
    public Task<string> WaitForLogAsync(string text) => _process.WaitForAsync(text, Deadline.Short);

    /// <summary>Creates a client with its own connections.</summary>
    public LedgerClient NewClient() => new(Address);

    /// <summary>Kills the server at any point of its work.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Kills the server and waits until the process has ended.</summary>
    public async Task KillAsync()
    {
        Kill();
        await WaitForExitAsync();
    }

    /// <summary>Stops the server at any point of its work until the test resumes it.</summary>
    public void Suspend() => _process.Suspend();

    /// <summary>Lets the server continue.</summary>
    public void Resume() => _process.Resume();

    /// <summary>Asks the server to stop and does not wait.</summary>
    /// <param name="mayHaveEnded">Whether the server may have ended by itself.</param>
    public void Terminate(bool mayHaveEnded = false) => _process.Terminate(mayHaveEnded);

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> WaitForExitAsync() => _process.WaitForExitAsync(Deadline.Short);

    /// <summary>Stops the server as an operator does, and expects it to end without an error.</summary>
    public async Task StopAsync()
    {
        Terminate();
        Assert.True(await WaitForExitAsync() == 0, $"The server did not end with 0.\n{this}");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    public override string ToString() => _process.ToString();
}
