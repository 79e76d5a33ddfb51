namespace Pointbook.Server.Hosting;

/// <summary>How the process ends: in the ordinary way, or because a bug was found in it. Thread-safe.</summary>
internal sealed class ProcessEnd(IHostApplicationLifetime lifetime)
{
    private volatile bool _isByBug;

    /// <summary>Whether a bug was found, so that the process ends and is not alive any longer.</summary>
    public bool IsByBug => _isByBug;

    /// <summary>The exit code of the process: 0 after an ordinary end, 1 after a bug.</summary>
    public int ExitCode => _isByBug ? 1 : 0;

    /// <summary>Ends the process because of a bug, which was logged. Requests that are under way are still answered.</summary>
    public void StopForBug()
    {
        _isByBug = true;
        // On a separate thread: what the host does now must not hold up whoever found the bug and has callers to answer.
        _ = Task.Run(lifetime.StopApplication);
    }
}
