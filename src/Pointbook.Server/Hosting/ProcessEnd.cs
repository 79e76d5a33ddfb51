namespace Pointbook.Server.Hosting;

/// <summary>How the process ends: normally, or because of a bug. Thread-safe.</summary>
internal sealed class ProcessEnd(IHostApplicationLifetime lifetime)
{
    private volatile bool _isByBug;

    /// <summary>Whether the process has found a bug. It is then stopping and no longer alive.</summary>
    public bool IsByBug => _isByBug;

    /// <summary>The exit code of the process: 0 after a normal end, 1 after a bug.</summary>
    public int ExitCode => _isByBug ? 1 : 0;

    /// <summary>Stops the process because of a bug that was logged. The server still answers requests in progress.</summary>
    public void StopForBug()
    {
        _isByBug = true;
        // On a separate thread: the host must not delay the caller that found the bug and has other callers to answer.
        _ = Task.Run(lifetime.StopApplication);
    }
}
