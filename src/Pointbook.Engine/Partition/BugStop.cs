using Pointbook.Engine.Diagnostics;

namespace Pointbook.Engine.Partition;

/// <summary>What a partition does about a bug: it logs the bug, stops its loop and tells its host, each once. Thread-safe.</summary>
/// <param name="parts">The logger and the host's callback.</param>
/// <param name="stopLoop">Stops the loop, which fails everybody who waits.</param>
internal sealed class BugStop(PartitionParts parts, Action<Exception> stopLoop)
{
    private Exception? _bug;

    /// <summary>The bug that stopped the partition, or null. Readable from any thread.</summary>
    public Exception? Bug => Volatile.Read(ref _bug);

    /// <summary>Stops the partition. What it holds in memory may be wrong, so nothing more is decided with it.</summary>
    public void Report(Exception bug)
    {
        Exception? first = Interlocked.CompareExchange(ref _bug, bug, null);
        if (ReferenceEquals(first, bug))
        {
            // The same bug reaches several parts, because whoever waits for a part that stopped gets its bug.
            return;
        }

        TryLog(bug);
        if (first is null)
        {
            try
            {
                stopLoop(bug);
            }
            finally
            {
                parts.OnBug(bug);
            }
        }
    }

    private void TryLog(Exception bug)
    {
        try
        {
            parts.Logger.StoppedByBug(bug, parts.Journal.Partition);
        }
        catch (Exception)
        {
            // A logger that throws must not keep the host from ending the process. The host reports the bug as well.
        }
    }
}
