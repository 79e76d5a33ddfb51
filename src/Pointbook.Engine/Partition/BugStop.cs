using Pointbook.Engine.Diagnostics;

namespace Pointbook.Engine.Partition;

/// <summary>Handles a bug in a partition: logs it, stops the loop and tells the host, each once. Thread-safe.</summary>
/// <param name="parts">The logger and the host's callback.</param>
/// <param name="stopLoop">Stops the loop, which fails all waiting callers.</param>
internal sealed class BugStop(PartitionParts parts, Action<Exception> stopLoop)
{
    private Exception? _bug;

    /// <summary>The bug that stopped the partition, or null. Readable from any thread.</summary>
    public Exception? Bug => Volatile.Read(ref _bug);

    /// <summary>Stops the partition. Its memory may be wrong, so the loop decides nothing more with it.</summary>
    public void Report(Exception bug)
    {
        Exception? first = Interlocked.CompareExchange(ref _bug, bug, null);
        if (ReferenceEquals(first, bug))
        {
            // Several parts report the same bug, because a part that waits for a stopped part gets its bug.
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
            // A logger that throws must not prevent the host from ending the process. The host also reports the bug.
        }
    }
}
