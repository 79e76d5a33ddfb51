using System.Collections.Concurrent;
using System.Diagnostics;

namespace Pointbook.Clusters;

/// <summary>Starts processes from one thread that lives as long as the test host.</summary>
/// <remarks>
/// Linux sends the parent-death signal when the thread that started the child ends. The thread pool ends threads that it no
/// longer needs, which would end the server too.
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
