using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pointbook.Clusters;

/// <summary>Starts processes from one thread that lives as long as the test host.</summary>
/// <remarks>
/// Linux sends the signal of a parent's death when the thread ends that started the child. A thread of the pool ends
/// whenever the pool has too many of them, and would take the server with it.
/// </remarks>
internal static class Launcher
{
    private static readonly BlockingCollection<Action> Waiting = [];

    static Launcher() => new Thread(Run) { IsBackground = true, Name = "process launcher" }.Start();

    public static Task<Process> StartAsync(ProcessStartInfo start)
    {
        TaskCompletionSource<Process> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Waiting.Add(() =>
        {
            try
            {
                started.SetResult(Process.Start(start)!);
            }
            catch (Exception failure)
            {
                started.SetException(failure);
            }
        });
        return started.Task;
    }

    private static void Run()
    {
        foreach (Action action in Waiting.GetConsumingEnumerable())
        {
            action();
        }
    }
}
