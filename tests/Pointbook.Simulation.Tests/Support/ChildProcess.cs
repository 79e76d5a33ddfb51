using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Pointbook.Simulation.Tests.Support;

/// <summary>A process that a test started, with its output. It does not outlive the test or the run.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int TerminateSignal = 15;
    private const int ContinueSignal = 18;
    private const int StopSignal = 19;
    private static readonly ConcurrentDictionary<ChildProcess, bool> RunningProcesses = [];
    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (ChildProcess child in RunningProcesses.Keys)
        {
            child.KillTree();
        }
    };

    private ChildProcess(Process process) => _process = process;

    /// <summary>The lines that the process has printed so far.</summary>
    public IReadOnlyList<string> Output => Copy(_output);

    /// <summary>The lines that the process has printed to standard error so far.</summary>
    public IReadOnlyList<string> Errors => Copy(_errors);

    /// <summary>The peak memory of the process, in bytes.</summary>
    public long MemoryPeak
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process.Id}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1_024;
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Starts a program.</summary>
    public static ChildProcess Start(
        string program, IEnumerable<string> arguments, string workingDirectory, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach ((string name, string value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        ChildProcess child = new(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => child.Take(child._output, line.Data);
        child._process.ErrorDataReceived += (_, line) => child.Take(child._errors, line.Data);
        child._process.Start();
        RunningProcesses[child] = true;
        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Waits for a line that contains a text.</summary>
    /// <returns>The rest of the line after the text.</returns>
    /// <exception cref="InvalidOperationException">The process ended without such a line, or the deadline has passed.</exception>
    public async Task<string> WaitForAsync(string text, TimeSpan deadline)
    {
        using CancellationTokenSource late = new(deadline);
        Task exit = _process.WaitForExitAsync(late.Token);
        while (true)
        {
            // This order misses no line, because the exit is known only after the last line.
            Task more = NextLineAsync();
            bool isLast = exit.IsCompleted;
            if (Output.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line)
            {
                return line[(line.IndexOf(text, StringComparison.Ordinal) + text.Length)..];
            }

            if (isLast)
            {
                throw new InvalidOperationException(
                    exit.IsCanceled ? $"The process did not print '{text}' within {deadline}.\n{this}" : $"The process ended without printing '{text}'.\n{this}");
            }

            await Task.WhenAny(more, exit);
        }
    }

    /// <summary>Waits until the process has ended and all its output has been read.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan deadline)
    {
        using CancellationTokenSource late = new(deadline);
        try
        {
            await _process.WaitForExitAsync(late.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The process did not end within {deadline}.\n{this}");
        }
    }

    /// <summary>Asks the process to end: SIGTERM.</summary>
    public void Terminate(bool mayHaveEnded = false)
    {
        bool isSent = SendSignal(_process.Id, TerminateSignal) == 0;
        Assert.True(isSent || mayHaveEnded, "The process has ended by itself.");
    }

    /// <summary>Stops the process at any point of its work: SIGSTOP.</summary>
    public void Suspend() => Send(StopSignal);

    /// <summary>Lets the process continue: SIGCONT.</summary>
    public void Resume() => Send(ContinueSignal);

    /// <summary>Kills the process: SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (RunningProcesses.TryRemove(this, out _))
        {
            KillTree();
            await WaitForExitAsync(Deadline.Short);
            _process.Dispose();
        }
    }

    /// <summary>All output of the process, for the message of a failing test.</summary>
    public override string ToString() => string.Join('\n', [.. Output, .. Errors]);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);

    private void Send(int signal) => Assert.Equal(0, SendSignal(_process.Id, signal));

    private void KillTree()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception ended) when (ended is InvalidOperationException or AggregateException)
        {
            // The process, or one of its children, has ended by itself meanwhile.
        }
    }

    private Task NextLineAsync()
    {
        lock (_lock)
        {
            return _more.Task;
        }
    }

    private void Take(List<string> lines, string? line)
    {
        TaskCompletionSource more;
        lock (_lock)
        {
            if (line is not null)
            {
                lines.Add(line);
            }

            more = _more;
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        more.TrySetResult();
    }

    private List<string> Copy(List<string> lines)
    {
        lock (_lock)
        {
            return [.. lines];
        }
    }
}
