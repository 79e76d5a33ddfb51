using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Partition;

public sealed class WorkItemTests
{
    [Fact]
    public async Task A_receipt_keeps_only_its_own_entries_of_the_batch()
    {
        Entry[] batch = [.. Enumerable.Range(1, 1_000).Select(number => new Entry
        {
            Sequence = new Sequence(number),
            Kind = EntryKind.Flush,
            Account = Given.Carol,
            Operation = new Sequence(number),
        })];
        WriteItem item = WriteItem.Rent(Given.Flush(), 100, (_, _, _) => throw new InvalidOperationException("Nothing is replayed."));
        item.DecideWritten(0, new CommitTime(Given.Day(1), Given.Day(1)), 500, 2);
        ValueTask<Outcome<Receipt>> answer = item.WaitAsync(CancellationToken.None);
        item.Answer(batch);
        Receipt receipt = (await answer).Accepted();
        Assert.Equal(batch[500..502], receipt.Operation.FirstEntries);
        Assert.IsType<Entry[]>(receipt.Operation.FirstEntries);
    }
}
