using Pointbook.Engine.Journal;

namespace Pointbook.StorageContract.Memory;

/// <summary>What goes wrong with one append. Immutable.</summary>
public sealed class AppendFault
{
    private readonly Func<IJournal, Commit, ValueTask<AppendResult>> _append;

    private AppendFault(Func<IJournal, Commit, ValueTask<AppendResult>> append) => _append = append;

    /// <summary>No fault: the append is passed on.</summary>
    public static AppendFault None { get; } = new((inner, commit) => inner.AppendAsync(commit, CancellationToken.None));

    /// <summary>The store fails, and it is known that nothing was written.</summary>
    public static AppendFault FailBefore { get; } = new((_, _) => throw new JournalException("Scripted: it is known that nothing was written."));

    /// <summary>The outcome is unknown, and nothing was written.</summary>
    public static AppendFault UnknownNotCommitted { get; } = new((_, _) => throw Unknown());

    /// <summary>The outcome is unknown, and the commit was written.</summary>
    public static AppendFault UnknownCommitted { get; } = new(async (inner, commit) =>
    {
        await inner.AppendAsync(commit, CancellationToken.None);
        throw Unknown();
    });

    /// <summary>The outcome is unknown, and the store keeps the append in progress until a task ends. The append may then be fenced.</summary>
    /// <param name="through">The task that lets the append continue.</param>
    public static AppendFault UnknownUntil(Task through) => new((inner, commit) =>
    {
        _ = AppendLaterAsync();
        throw Unknown();

        async Task AppendLaterAsync()
        {
            await through;
            await inner.AppendAsync(commit, CancellationToken.None);
        }
    });

    /// <summary>The commit comes too late.</summary>
    public static AppendFault Late { get; } = new((_, _) => new ValueTask<AppendResult>(AppendResult.Late));

    /// <summary>The store's clock is far behind.</summary>
    public static AppendFault Early { get; } = new((_, _) => new ValueTask<AppendResult>(AppendResult.Early));

    /// <summary>Another process writes first, and then the append is passed on.</summary>
    /// <param name="writeAsOther">Appends a commit to the wrapped journal.</param>
    public static AppendFault FencedByOther(Func<IJournal, Task> writeAsOther) => new(async (inner, commit) =>
    {
        await writeAsOther(inner);
        return await inner.AppendAsync(commit, CancellationToken.None);
    });

    /// <summary>The outcome is unknown, nothing was written, and then another process writes.</summary>
    /// <param name="writeAsOther">Appends a commit to the wrapped journal.</param>
    public static AppendFault UnknownThenOther(Func<IJournal, Task> writeAsOther) => new(async (inner, _) =>
    {
        await writeAsOther(inner);
        throw Unknown();
    });

    internal ValueTask<AppendResult> RunAsync(IJournal inner, Commit commit) => _append(inner, commit);

    private static JournalException Unknown() => new("Scripted: the outcome is unknown.", isOutcomeUnknown: true);
}
