using Pointbook.Ledger.Entries;

namespace Pointbook.Engine.Partition;

/// <summary>Answers some items of a durable batch on a thread of the pool, one after the other, so that the loop can go on.</summary>
/// <remarks>
/// Callers go on in the same call. One work item for each caller costs more than the answer itself. A slice is short, because a caller that
/// keeps its thread delays those behind it.
/// </remarks>
internal sealed class AnswerSlice : IThreadPoolWorkItem
{
    private const int ItemsMax = 32;

    private readonly WorkItem[] _items;
    private readonly Entry[] _entries;
    private readonly Action<Exception> _onBug;

    private AnswerSlice(WorkItem[] items, Entry[] entries, Action<Exception> onBug) => (_items, _entries, _onBug) = (items, entries, onBug);

    /// <summary>Queues all items of a batch.</summary>
    /// <param name="items">The items. The list is empty after the call, because an answered item may already belong to another command.</param>
    /// <param name="entries">The entries of the batch.</param>
    /// <param name="onBug">Receives an exception that no code should throw. The other items still get their answers.</param>
    public static void QueueAll(List<WorkItem> items, Entry[] entries, Action<Exception> onBug)
    {
        AnswerSlice[] slices = new AnswerSlice[(items.Count + ItemsMax - 1) / ItemsMax];
        for (int index = 0; index < slices.Length; index++)
        {
            int start = index * ItemsMax;
            slices[index] = new AnswerSlice([.. items[start..Math.Min(start + ItemsMax, items.Count)]], entries, onBug);
        }

        items.Clear();
        foreach (AnswerSlice slice in slices)
        {
            ThreadPool.UnsafeQueueUserWorkItem(slice, preferLocal: false);
        }
    }

    public void Execute()
    {
        foreach (WorkItem item in _items)
        {
            try
            {
                item.Answer(_entries);
            }
            catch (Exception bug)
            {
                // The item has failed, or its caller threw in the same call. Then the item may already belong to another command.
                _onBug(bug);
            }
        }
    }
}
