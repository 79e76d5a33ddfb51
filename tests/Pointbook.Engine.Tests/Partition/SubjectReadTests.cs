using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>How much of the journal the partition reads to answer repeats and commands about earlier operations.</summary>
public sealed class SubjectReadTests
{
    private const int Lots = 600;

    // The first entry, and the block with the other entries that a reply contains.
    private const int FirstEntriesMax = 1 + CommitBody.EntriesPerBlock;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replay_of_a_command_that_is_not_yet_stored_reads_nothing()
    {
        await using Node node = await Node.StartAsync();
        node.Gate.Hold();
        Command[] commands = [.. Enumerable.Range(0, 50).Select(number => Given.Add(number + 1).With($"k{number}"))];
        Receipt[] first = [.. (await Task.WhenAll(commands.Select(node.DoAsync))).Select(outcome => outcome.Accepted())];
        node.Journal.EntriesRead = 0;
        Receipt[] again = [.. (await Task.WhenAll(commands.Select(node.DoAsync))).Select(outcome => outcome.Accepted())];

        Assert.All(again, receipt => Assert.True(receipt.IsReplay));
        Assert.Equal(first.Select(receipt => receipt.Id), again.Select(receipt => receipt.Id));
        Assert.Equal(first.Select(receipt => receipt.Operation.FirstEntries), again.Select(receipt => receipt.Operation.FirstEntries));
        Assert.Equal(0, node.Journal.EntriesRead);
        node.Gate.Release();
    }

    [Fact]
    public async Task Operations_of_one_unstored_commit_share_one_read_of_it()
    {
        await using Node node = await Node.StartAsync();
        node.Gate.Hold();
        TaskCompletionSource hold = new();
        node.Journal.BeforeAppend = () => hold.Task;
        Task<Outcome<Receipt>>[] adds = [.. Enumerable.Range(0, 50).Select(_ => node.DoAsync(Given.Add(1)))];
        hold.SetResult();
        Receipt[] receipts = [.. (await Task.WhenAll(adds)).Select(outcome => outcome.Accepted())];
        int commits = node.Store.Commits.Count;
        Task<Outcome<AccountOperation>>[] reads = [.. receipts.Select(receipt => node.Queries.ReadOperationAsync(Given.Carol, receipt.Id, Token).AsTask())];
        node.Gate.Release();

        Assert.All(await Task.WhenAll(reads), read => Assert.False(read.IsRefused));
        Assert.InRange(node.Journal.CommitsRead, 0, commits);
    }

    [Fact]
    public async Task The_reversal_of_a_large_reversed_spend_reads_only_its_first_entries()
    {
        await using Node node = await Node.StartAsync();
        Receipt spend = await SpendAllAsync(node);
        (await node.DoAsync(Given.Reverse(spend))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        node.Journal.EntriesRead = 0;

        Assert.Equal(RefusalCode.AlreadyReversed, (await node.DoAsync(Given.Reverse(spend))).Code());
        Assert.InRange(node.Journal.EntriesRead, 0, FirstEntriesMax);
    }

    [Fact]
    public async Task A_large_spend_or_flush_that_can_no_longer_be_undone_is_refused_from_its_first_entries()
    {
        await using Node node = await Node.StartAsync();
        Receipt spend = await SpendAllAsync(node);
        await AddLotsAsync(node);
        Receipt flush = (await node.DoAsync(Given.Flush())).Accepted();
        (await node.DoAsync(Given.Add(1))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        node.Journal.EntriesRead = 0;

        Assert.Equal(RefusalCode.AccountFlushed, (await node.DoAsync(Given.Reverse(spend))).Code());
        Assert.Equal(RefusalCode.AccountMovedOn, (await node.DoAsync(Given.Restore(flush))).Code());
        Assert.InRange(node.Journal.EntriesRead, 0, 2 * FirstEntriesMax);
    }

    [Fact]
    public async Task Of_many_reversals_of_a_large_spend_few_read_all_of_it()
    {
        await using Node node = await Node.StartAsync();
        Receipt spend = await SpendAllAsync(node);
        await node.Partition.WaitUntilStoredAsync(Token);
        node.Journal.EntriesRead = 0;
        Outcome<Receipt>[] outcomes = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(() => node.DoAsync(Given.Reverse(spend)))));

        Assert.Single(outcomes, outcome => !outcome.IsRefused);
        Assert.Equal(29, outcomes.Count(outcome => outcome.Refusal?.Code == RefusalCode.AlreadyReversed));
        int wholeMax = new OperationOptions().WholeReadsInFlightMax * 2 * Lots;
        Assert.InRange(node.Journal.EntriesRead, Lots, wholeMax + (2 * 30 * FirstEntriesMax));
        Assert.Equal(Lots, await node.PointsAsync(Given.Carol));
    }

    [Theory]
    [InlineData("LinesInReplyMax", 0, 1, 1)]
    [InlineData("ReadsInFlightMax", 1, 1_001, 1)]
    [InlineData("WholeReadsInFlightMax", 1, 1, 101)]
    public void Options_out_of_range_are_rejected_by_name(string name, int lines, int reads, int wholeReads) =>
        Assert.StartsWith(
            $"{name} must be between ",
            new OperationOptions { LinesInReplyMax = lines, ReadsInFlightMax = reads, WholeReadsInFlightMax = wholeReads }.Fault(),
            StringComparison.Ordinal);

    private static async Task<Receipt> SpendAllAsync(Node node)
    {
        await AddLotsAsync(node);
        return (await node.DoAsync(Given.Spend(Lots))).Accepted();
    }

    private static async Task AddLotsAsync(Node node)
    {
        Outcome<Receipt>[] adds = await Task.WhenAll(Enumerable.Range(0, Lots).Select(number => node.DoAsync(Given.Add(1, day: number))));
        Assert.All(adds, outcome => outcome.Accepted());
    }
}
