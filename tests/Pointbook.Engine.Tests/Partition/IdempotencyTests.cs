using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;

namespace Pointbook.Engine.Tests.Partition;

public sealed class IdempotencyTests
{
    [Fact]
    public async Task The_same_key_and_command_return_the_first_answer()
    {
        await using Node node = await Node.StartAsync();
        Receipt added = (await node.DoAsync(Given.Add(100).With("a"))).Accepted();
        Receipt spent = (await node.DoAsync(Given.Spend(30).With("s"))).Accepted();

        Receipt addedAgain = (await node.DoAsync(Given.Add(100).With("a"))).Accepted();
        Receipt spentAgain = (await node.DoAsync(Given.Spend(30).With("s"))).Accepted();

        Assert.False(spent.IsReplay);
        Assert.True(addedAgain.IsReplay && spentAgain.IsReplay);
        Assert.Equal((added.Id, added.RecordedAt), (addedAgain.Id, addedAgain.RecordedAt));
        Assert.Equal(spent.RecordedAt, spentAgain.RecordedAt);
        Assert.Equal(spent.Operation.FirstEntries, spentAgain.Operation.FirstEntries);
        Assert.Equal(70, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task The_same_key_and_another_command_are_refused_and_change_nothing()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100).With("a"))).Accepted();

        Assert.Equal(RefusalCode.IdempotencyMismatch, (await node.DoAsync(Given.Add(101).With("a"))).Code());
        Assert.Equal(RefusalCode.IdempotencyMismatch, (await node.DoAsync(Given.Spend(100).With("a"))).Code());
        Assert.Equal(RefusalCode.IdempotencyMismatch, (await node.DoAsync(Given.Flush().With("a"))).Code());
        Assert.Equal(100, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_key_belongs_to_one_account()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100).With("a"))).Accepted();
        Receipt other = (await node.DoAsync(Given.Add(5, account: Given.Dave).With("a"))).Accepted();
        Assert.False(other.IsReplay);
        Assert.Equal(5, await node.PointsAsync(Given.Dave));
    }

    [Fact]
    public async Task A_refused_deduction_can_be_sent_again_with_the_same_key_once_the_credit_has_arrived()
    {
        await using Node node = await Node.StartAsync();
        Assert.Equal(RefusalCode.InsufficientPayerPoints, (await node.DoAsync(Given.Add(-10).With("d"))).Code());
        (await node.DoAsync(Given.Add(15))).Accepted();
        Assert.False((await node.DoAsync(Given.Add(-10).With("d"))).Accepted().IsReplay);
        Assert.True((await node.DoAsync(Given.Add(-10).With("d"))).Accepted().IsReplay);
        Assert.Equal(5, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task An_empty_flush_claims_its_key_and_keys_outlive_a_flush()
    {
        await using Node node = await Node.StartAsync();
        Assert.Empty((await node.DoAsync(Given.Flush())).Accepted().Operation.FirstEntries);
        Receipt empty = (await node.DoAsync(Given.Flush().With("e"))).Accepted();
        Assert.Null(Assert.Single(empty.Operation.FirstEntries).Payer);
        (await node.DoAsync(Given.Add(10).With("a"))).Accepted();
        Receipt again = (await node.DoAsync(Given.Flush().With("e"))).Accepted();
        Assert.Equal((true, empty.Id), (again.IsReplay, again.Id));
        Assert.Equal(RefusalCode.IdempotencyMismatch, (await node.DoAsync(Given.Add(10).With("e"))).Code());
        Assert.Equal(10, await node.PointsAsync(Given.Carol));
        Receipt flushed = (await node.DoAsync(Given.Flush().With("f"))).Accepted();
        Assert.False(flushed.IsReplay);
        Assert.NotEmpty(flushed.Operation.FirstEntries);
        Assert.True((await node.DoAsync(Given.Flush().With("f"))).Accepted().IsReplay);
        Assert.True((await node.DoAsync(Given.Add(10).With("a"))).Accepted().IsReplay);
        Assert.Equal(0, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task Concurrent_duplicates_write_once_and_get_the_same_answer()
    {
        await using Node node = await Node.StartAsync();
        Receipt[] receipts = await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ =>
            (await node.DoAsync(Given.Add(7).With("once"))).Accepted()));

        Assert.Single(receipts.Select(receipt => (receipt.Id, receipt.RecordedAt)).Distinct());
        Assert.Single(receipts, receipt => !receipt.IsReplay);
        Assert.Equal(7, await node.PointsAsync(Given.Carol));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_next_process_remembers_a_key(bool isStored)
    {
        await using Node first = await Node.StartAsync();
        Receipt added = (await first.DoAsync(Given.Add(100).With("a"))).Accepted();
        if (isStored)
        {
            await first.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        }

        await first.Partition.StopAsync(TestContext.Current.CancellationToken);
        await using Node second = await Node.StartAsync(first.Store, isStored ? first.AccountStore : null);
        Receipt again = (await second.DoAsync(Given.Add(100).With("a"))).Accepted();
        Assert.True(again.IsReplay);
        Assert.Equal((added.Id, added.RecordedAt), (again.Id, again.RecordedAt));
        Assert.Equal(RefusalCode.IdempotencyMismatch, (await second.DoAsync(Given.Add(1).With("a"))).Code());
    }

    [Fact]
    public async Task A_key_that_is_not_yet_stored_is_found_in_the_tail()
    {
        TaskCompletionSource blocked = new();
        await using Node node = await Node.StartAsync();
        node.AccountStore.BeforeApply = () => blocked.Task;
        (await node.DoAsync(Given.Add(100).With("a"))).Accepted();
        Assert.True((await node.DoAsync(Given.Add(100).With("a"))).Accepted().IsReplay);
        blocked.SetResult();
    }
}
