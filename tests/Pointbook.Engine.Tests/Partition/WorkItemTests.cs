using System.Collections.Concurrent;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Partition;

public sealed class WorkItemTests
{
    private static readonly CommitTime Time = new(Given.Day(1), Given.Day(1));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_receipt_keeps_only_its_own_entries_of_the_batch()
    {
        Entry[] batch = BatchOf(1_000);
        WriteItem item = Rent(Given.Flush());
        item.DecideWritten(0, Time, 500, 2);
        ValueTask<Outcome<Receipt>> answer = item.WaitAsync();
        item.Answer(batch);
        Receipt receipt = (await answer).Accepted();
        Assert.Equal(batch[500..502], receipt.Operation.FirstEntries);
        Assert.IsType<Entry[]>(receipt.Operation.FirstEntries);
    }

    [Fact]
    public void An_item_with_a_durable_answer_serves_another_command_and_carries_nothing_over()
    {
        WriteItem item = Rent(Given.Flush());
        (item.Attempts, item.KeyAnswer) = (3, new KeyAnswer(null, new Sequence(5)));
        item.DecideWritten(0, Time, 0, 1);
        Assert.Single(Answer(item).Accepted().Operation.FirstEntries);

        WriteItem next = Rent(Given.Spend(5));
        Assert.Same(item, next);
        Assert.Equal((0, null, null, false), (next.Attempts, next.KeyAnswer, next.EndAnswer, next.HasWritten));
        ValueTask<Outcome<Receipt>> answer = next.WaitAsync();
        Assert.False(answer.IsCompleted);
        next.DecideRefused(new Refusal(RefusalCode.InsufficientPoints));
        next.Answer([]);
        Assert.Equal(RefusalCode.InsufficientPoints, Result(answer).Refusal?.Code);
    }

    [Fact]
    public void A_command_allocates_its_receipt_and_nothing_else()
    {
        const int Commands = 1_000;
        Entry[] batch = BatchOf(3);
        Command command = Given.Spend(5);
        long allocated = 0;
        for (int round = 0; round < 2; round++)
        {
            // The first round compiles the code.
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int count = 0; count < Commands; count++)
            {
                WriteItem item = Rent(command);
                item.DecideWritten(0, Time, 0, 3);
                ValueTask<Outcome<Receipt>> answer = item.WaitAsync();
                item.Answer(batch);
                _ = Result(answer);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        // The receipt, its outline, and an array of three entries.
        Assert.InRange(allocated / Commands, 1, 160);
    }

    [Fact]
    public void An_item_without_a_durable_answer_is_not_used_again()
    {
        WriteItem refused = Rent(Given.Flush());
        refused.Refuse(new Refusal(RefusalCode.Overloaded));
        Assert.Equal(RefusalCode.Overloaded, Result(refused.WaitAsync()).Refusal?.Code);

        WriteItem failed = Rent(Given.Flush());
        failed.Fail(new InvalidOperationException("a bug"));
        Assert.Throws<InvalidOperationException>(() => Result(failed.WaitAsync()));

        using CancellationTokenSource gone = new();
        WriteItem cancelled = RentCancellable(Given.Flush(), gone.Token);
        ValueTask<Outcome<Receipt>> answer = cancelled.WaitAsync();
        gone.Cancel();
        Assert.Throws<OperationCanceledException>(() => Result(answer));
        cancelled.DecideWritten(0, Time, 0, 1);
        cancelled.Answer(BatchOf(1));

        WriteItem[] rented = [.. Enumerable.Range(0, 200).Select(_ => Rent(Given.Flush()))];
        Assert.DoesNotContain(rented, item => item == refused || item == failed || item == cancelled);
    }

    [Fact]
    public void An_answer_that_is_read_twice_is_not_that_of_another_command()
    {
        WriteItem item = Rent(Given.Flush());
        item.DecideWritten(0, Time, 0, 1);
        ValueTask<Outcome<Receipt>> first = item.WaitAsync();
        item.Answer(BatchOf(1));
        Assert.NotNull(Result(first).Value);

        using CancellationTokenSource gone = new();
        WriteItem next = RentCancellable(Given.Flush(), gone.Token);
        Assert.Same(item, next);
        ValueTask<Outcome<Receipt>> second = next.WaitAsync();
        Assert.Throws<InvalidOperationException>(() => Result(first));
        gone.Cancel();
        Assert.Throws<OperationCanceledException>(() => Result(second));
    }

    [Fact]
    public async Task A_replay_is_read_in_the_context_of_its_caller()
    {
        AsyncLocal<string?> trace = new();
        TaskCompletionSource<string?> seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
        trace.Value = "the caller";
        Command command = Given.Spend(5) with { Origin = new Origin { Key = IdempotencyKey.FromTrusted("k"), KeyHash = default(Digest) } };
        WriteItem item = WriteItem.Rent(command, 100, (_, _, _) =>
        {
            seen.SetResult(trace.Value);
            return new ValueTask<Outcome<Receipt>>(new Refusal(RefusalCode.JournalDamaged));
        }, cancellationToken: Token);
        item.DecideReplay(new Sequence(1));
        ValueTask<Outcome<Receipt>> answer = item.WaitAsync();
        using (ExecutionContext.SuppressFlow())
        {
            _ = Task.Run(() => item.Answer([]), Token);
        }

        Assert.Equal("the caller", await seen.Task.WaitAsync(Token));
        Assert.Equal(RefusalCode.JournalDamaged, (await answer).Refusal?.Code);
    }

    [Fact]
    public async Task Each_caller_gets_the_receipt_of_its_own_command_while_others_give_up()
    {
        await using Node node = await Node.StartAsync();
        ConcurrentBag<(long Sent, long Received)> receipts = [];
        int cancelled = 0;
        await Task.WhenAll(Enumerable.Range(1, 8).Select(caller => Task.Run(async () =>
        {
            for (int call = 0; call < 300; call++)
            {
                long points = (caller * 1_000) + call;
                using CancellationTokenSource gone = new();
                ValueTask<Outcome<Receipt>> answer = node.Partition.ExecuteAsync(Given.Add(points), gone.Token);
                Task leaving = call % 3 == 0 ? gone.CancelAsync() : Task.CompletedTask;
                try
                {
                    receipts.Add((points, (await answer).Accepted().Operation.Points.Value));
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref cancelled);
                }

                await leaving;
            }
        }, Token)));
        Assert.All(receipts, receipt => Assert.Equal(receipt.Sent, receipt.Received));
        Assert.Equal(8 * 300, receipts.Count + cancelled);
        Assert.True(receipts.Count >= 8 * 200, $"Only {receipts.Count} callers waited for their answer.");
    }

    private static Entry[] BatchOf(int count) => [.. Enumerable.Range(1, count).Select(number => new Entry
    {
        Sequence = new Sequence(number),
        Kind = EntryKind.Flush,
        Account = Given.Carol,
        Operation = new Sequence(number),
    })];

    private static WriteItem Rent(Command command) => RentCancellable(command, CancellationToken.None);

    private static WriteItem RentCancellable(Command command, CancellationToken cancellationToken) => WriteItem.Rent(
        command, 100, (_, _, _) => throw new InvalidOperationException("Nothing is replayed."), cancellationToken: cancellationToken);

    private static Outcome<Receipt> Answer(WriteItem item)
    {
        ValueTask<Outcome<Receipt>> answer = item.WaitAsync();
        item.Answer(BatchOf(1));
        return Result(answer);
    }

    /// <summary>Reads a completed answer on this thread, which then has the item.</summary>
    private static Outcome<Receipt> Result(ValueTask<Outcome<Receipt>> answer)
    {
        Assert.True(answer.IsCompleted);
        return answer.GetAwaiter().GetResult();
    }
}
