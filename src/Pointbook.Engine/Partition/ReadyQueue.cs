using System.Diagnostics.CodeAnalysis;

namespace Pointbook.Engine.Partition;

/// <summary>The items that are next, in order. Items that had to wait come back in front, because they are older. Owned by the loop.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue, to which some items come back in front.")]
internal sealed class ReadyQueue
{
    private readonly Queue<WorkItem> _new = new();
    private readonly Stack<Queue<WorkItem>> _returned = new();

    public int Count { get; private set; }

    /// <summary>Adds a new item at the end.</summary>
    public void Add(WorkItem item)
    {
        _new.Enqueue(item);
        Count++;
    }

    /// <summary>Puts items in front of all others, in their own order.</summary>
    public void ReturnInFront(IReadOnlyCollection<WorkItem> items)
    {
        if (items.Count > 0)
        {
            _returned.Push(new Queue<WorkItem>(items));
            Count += items.Count;
        }
    }

    /// <summary>Takes the next item.</summary>
    public bool TryTake([NotNullWhen(true)] out WorkItem? item)
    {
        if (!_returned.TryPeek(out Queue<WorkItem>? front))
        {
            front = _new;
        }

        if (!front.TryDequeue(out item))
        {
            return false;
        }

        Count--;
        if (front.Count == 0 && front != _new)
        {
            _returned.Pop();
        }

        return true;
    }

    /// <summary>Takes all items.</summary>
    public List<WorkItem> TakeAll()
    {
        List<WorkItem> items = new(Count);
        while (TryTake(out WorkItem? item))
        {
            items.Add(item);
        }

        return items;
    }
}
