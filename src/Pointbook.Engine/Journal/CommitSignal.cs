namespace Pointbook.Engine.Journal;

/// <summary>Wakes those who wait for commits of one partition in this process. Thread-safe.</summary>
/// <remarks>It costs the partition almost nothing while nobody waits.</remarks>
public sealed class CommitSignal
{
    private TaskCompletionSource? _next;

    /// <summary>Completes after the next durable commit. Get it before you read the journal, so that no commit is missed between the two.</summary>
    public Task NextAsync()
    {
        if (Volatile.Read(ref _next) is { } waited)
        {
            return waited.Task;
        }

        TaskCompletionSource created = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _next, created, null) ?? created).Task;
    }

    /// <summary>Tells of a durable commit.</summary>
    public void Raise()
    {
        if (Volatile.Read(ref _next) is not null)
        {
            Interlocked.Exchange(ref _next, null)?.TrySetResult();
        }
    }
}
