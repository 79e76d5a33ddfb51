using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Partition;

public sealed class SubjectTests
{
    // Shorter than the pause of the sweeper, so that the sweeper does not write.
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    /// <summary>The partition knows the reversal of a spend from memory, from a load of the account, or after a start in a new process.</summary>
    [Theory]
    [InlineData(1L << 30, false)]
    [InlineData(0L, false)]
    [InlineData(1L << 30, true)]
    public async Task A_spend_is_reversed_only_once_wherever_the_reversal_is_known_from(long cacheBytes, bool isNewProcess)
    {
        await using Node first = await StartAsync(cacheBytes);
        (await first.DoAsync(Given.Add(100))).Accepted();
        Receipt spend = (await first.DoAsync(Given.Spend(30))).Accepted();
        Receipt reversal = (await first.DoAsync(Given.Reverse(spend))).Accepted();
        await first.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        await using Node node = isNewProcess ? await Node.StartAsync(first.Store, first.AccountStore, _clock) : first;

        Assert.Equal(RefusalCode.AlreadyReversed, (await node.DoAsync(Given.Reverse(spend))).Code());
        Assert.Equal(RefusalCode.AlreadyReversed, (await node.DoAsync(Given.Capture(spend))).Code());
        Assert.Equal(100, await node.PointsAsync(Given.Carol));
        RecordedSpend read = (await node.Partition.ReadSpendAsync(Given.Carol, spend.Id, TestContext.Current.CancellationToken)).Value!;
        Assert.Equal((SpendStatus.Reversed, reversal.Id), (read.Status, read.Reversal!.Value));
        Assert.Equal(spend.Operation.FirstEntries, read.Receipt.Operation.FirstEntries);
    }

    [Fact]
    public async Task Of_many_concurrent_reversals_one_is_accepted()
    {
        await using Node node = await StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        Receipt spend = (await node.DoAsync(Given.Spend(30))).Accepted();
        Outcome<Receipt>[] outcomes = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => node.DoAsync(Given.Reverse(spend))));
        Assert.Single(outcomes, outcome => !outcome.IsRefused);
        Assert.Equal(31, outcomes.Count(outcome => outcome.Refusal?.Code == RefusalCode.AlreadyReversed));
        Assert.Equal(100, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_repeated_reversal_with_the_same_key_gets_the_first_answer()
    {
        await using Node node = await StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        Receipt spend = (await node.DoAsync(Given.Spend(30))).Accepted();
        Receipt first = (await node.DoAsync(Given.Reverse(spend).With("r"))).Accepted();
        Receipt again = (await node.DoAsync(Given.Reverse(spend).With("r"))).Accepted();
        Assert.True(again.IsReplay);
        Assert.Equal(first.Operation.FirstEntries, again.Operation.FirstEntries);
        Assert.Equal(RefusalCode.IdempotencyMismatch, (await node.DoAsync(Given.Capture(spend).With("r"))).Code());
    }

    [Fact]
    public async Task A_subject_that_is_missing_or_of_another_account_or_kind_is_not_found()
    {
        await using Node node = await StartAsync();
        Receipt credit = (await node.DoAsync(Given.Add(100))).Accepted();
        (await node.DoAsync(Given.Add(100, account: Given.Dave))).Accepted();
        Receipt spend = (await node.DoAsync(Given.Spend(30, Given.Dave))).Accepted();
        Command[] commands =
        [
            Given.Reverse(spend), Given.Capture(spend), Given.Restore(spend), Given.Reverse(credit), Given.Restore(credit),
            new ReverseSpend(Given.Dave, spend.Id.Sequence.Next), new ReverseSpend(Given.Carol, new Sequence(999)), new CaptureSpend(Given.Carol, Sequence.Zero),
        ];
        foreach (Command command in commands)
        {
            Assert.Equal(RefusalCode.OperationNotFound, (await node.DoAsync(command)).Code());
        }
    }

    [Fact]
    public async Task The_end_of_a_hold_is_committed_even_if_the_command_that_finds_it_is_refused()
    {
        await using Node node = await StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        Receipt hold = (await node.DoAsync(Given.Hold(60, Moment))).Accepted();
        AccountBalance held = await node.BalanceAsync(Given.Carol);
        Assert.Equal((40, 60), (held.Points.Value, held.Held.Value));

        _clock.Advance(Moment + TimeSpan.FromSeconds(1));
        Assert.Equal(RefusalCode.AlreadyReversed, (await node.DoAsync(Given.Capture(hold))).Code());
        Entry[] entries = [.. await EntriesAsync(node)];
        Assert.Equal([EntryKind.Credit, EntryKind.Spend, EntryKind.Draw, EntryKind.Reversal, EntryKind.Return], entries.Select(entry => entry.Kind));
        Assert.Equal(hold.Id.Sequence, entries[3].Subject);
        await node.VerifyAsync();
    }

    [Fact]
    public async Task Queries_and_previews_apply_due_events_and_write_nothing()
    {
        await using Node node = await StartAsync();
        Instant expiresAt = Instant.FromDateTimeOffset(_clock.GetUtcNow()).PlusClamped(Moment);
        (await node.DoAsync(Given.Add(100) with { ExpiresAt = expiresAt })).Accepted();
        (await node.DoAsync(Given.Add(50, day: 2))).Accepted();
        Receipt hold = (await node.DoAsync(Given.Hold(120, Moment))).Accepted();

        _clock.Advance(Moment + TimeSpan.FromSeconds(1));
        AccountBalance balance = await node.BalanceAsync(Given.Carol);
        Outcome<SpendPreview> preview = await node.Partition.PreviewSpendAsync(Given.Spend(51), TestContext.Current.CancellationToken);
        LotPage lots = (await node.Queries.ReadLotsAsync(Given.Carol, null, 10, TestContext.Current.CancellationToken)).Value!;
        RecordedSpend spend = (await node.Partition.ReadSpendAsync(Given.Carol, hold.Id, TestContext.Current.CancellationToken)).Value!;

        Assert.Equal((50, 0), (balance.Points.Value, balance.Held.Value));
        Assert.Equal((RefusalCode.InsufficientPoints, 50), (preview.Refusal!.Code, preview.Refusal.Available!.Value.Value));
        Assert.Equal(50, Assert.Single(lots.Lots).Points.Value);
        Assert.Equal(SpendStatus.Reversed, spend.Status);
        Assert.Equal(5, (await EntriesAsync(node)).Count);
    }

    [Fact]
    public async Task Credits_without_an_expiry_get_that_of_the_policy_and_keep_it()
    {
        LedgerPolicy policy = new() { ExpiryAfter = new CalendarPeriod(12, TimeSpan.Zero) };
        await using Node first = await Node.StartAsync(clock: _clock, policy: policy);
        Receipt credit = (await first.DoAsync(Given.Add(100).With("a"))).Accepted();
        Assert.Equal(Given.Day(367), credit.Operation.FirstEntries[0].ExpiresAt);
        await using Node second = await Node.StartAsync(first.Store, clock: _clock);
        Assert.True((await second.DoAsync(Given.Add(100).With("a"))).Accepted().IsReplay);
        Assert.Equal(0, await second.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_key_that_is_too_old_counts_as_unused_even_if_it_was_not_deleted()
    {
        LedgerPolicy policy = new() { KeysKeptFor = TimeSpan.FromDays(7) };
        await using Node node = await Node.StartAsync(clock: _clock, policy: policy);
        (await node.DoAsync(Given.Add(100).With("a"))).Accepted();
        _clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromMicroseconds(1));
        Assert.True((await node.DoAsync(Given.Add(100).With("a"))).Accepted().IsReplay);
        _clock.Advance(TimeSpan.FromMicroseconds(10));
        Assert.False((await node.DoAsync(Given.Add(7).With("a"))).Accepted().IsReplay);
        Assert.True((await node.DoAsync(Given.Add(7).With("a"))).Accepted().IsReplay);
        Assert.Equal(107, await node.PointsAsync(Given.Carol));
    }

    private Task<Node> StartAsync(long cacheBytes = 1L << 30)
    {
        PartitionOptions options = Node.Options;
        options.CacheBytesMax = cacheBytes;
        return Node.StartAsync(clock: _clock, options: options);
    }

    private static async Task<List<Entry>> EntriesAsync(Node node)
    {
        List<Entry> entries = [];
        await foreach (Engine.Journal.Commit commit in node.Store.ReadCommitsAsync(Sequence.Zero, TestContext.Current.CancellationToken))
        {
            entries.AddRange(commit.Entries);
        }

        return entries;
    }
}
