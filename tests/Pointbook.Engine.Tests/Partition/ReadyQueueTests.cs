using Pointbook.Engine.Partition;

namespace Pointbook.Engine.Tests.Partition;

public sealed class ReadyQueueTests
{
    private readonly ReadyQueue _queue = new();
    private readonly WorkItem[] _items = [.. Enumerable.Range(0, 6).Select(_ => new ProbeItem())];

    [Fact]
    public void A_deferred_item_comes_before_all_other_returned_items()
    {
        _queue.Add(_items[3]);
        _queue.Defer(_items[0]);
        _queue.ReturnInFront([_items[1], _items[2]]);
        Assert.Equal(4, _queue.Count);
        Assert.Equal(_items[..4], _queue.TakeAll());
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void A_repeated_batch_comes_before_the_item_that_it_deferred()
    {
        _queue.Add(_items[4]);
        _queue.ReturnInFront([_items[3]]);
        _queue.Defer(_items[2]);
        _queue.ReturnBatch([_items[0], _items[1]]);
        Assert.False(_queue.HasDeferred);
        Assert.Equal(_items[..5], _queue.TakeAll());
        Assert.Equal(0, _queue.Count);
    }
}
