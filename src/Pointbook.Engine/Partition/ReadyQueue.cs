using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Pointbook.Engine.Partition;

/// <summary>The items to decide next, in order. Items that were parked return to the front, because they are older. Owned by the loop.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue, to which some items come back in front.")]
internal sealed class ReadyQueue
{
    private readonly Queue<WorkItem> _new = new();
    private readonly Stack<Queue<WorkItem>> _returned = new();
    private WorkItem? _deferred;

    public int Count { get; private set; }

    /// <summary>Whether an item must begin the next batch.</summary>
    public bool HasDeferred => _deferred is not null;

    /// <summary>Adds a new item at the end.</summary>
    public void Add(WorkItem item)
    {
        _new.Enqueue(item);
        Count++;
    }

    /// <summary>Keeps the item that must begin the next batch. Items that return meanwhile are behind it, so it waits for one batch only.</summary>
    public void Defer(WorkItem item)
    {
        Debug.Assert(_deferred is null, "It begins the next batch, so no later one is deferred before it is taken.");
        _deferred = item;
        Count++;
    }

    /// <summary>Puts the items of a batch in front of all others, to be decided again. A deferred item comes behind them, because it is younger.</summary>
    public void ReturnBatch(IReadOnlyCollection<WorkItem> items)
    {
        if (_deferred is { } deferred)
        {
            _deferred = null;
            Count--;
            ReturnInFront([deferred]);
        }

        ReturnInFront(items);
    }

    /// <summary>Puts items in front of all others except the deferred one, in their own order.</summary>
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
        if (_deferred is not null)
        {
            (item, _deferred) = (_deferred, null);
            Count--;
            return true;
        }

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
