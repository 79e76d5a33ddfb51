using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>What every journal must do. A store's tests inherit it.</summary>
/// <remarks>This part: appending, the fence and the clock.</remarks>
public abstract partial class JournalContract : IAsyncLifetime
{
    private StoreHost? _host;
    private CommitChain? _chain;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected StoreHost Host => _host ?? throw new InvalidOperationException("The test has not begun.");

    protected IJournal Journal => Host.Journal;

    protected CommitChain Chain => _chain ?? throw new InvalidOperationException("The test has not begun.");

    private FakeTimeProvider Clock => Host.Clock;

    public async ValueTask InitializeAsync()
    {
        _host = CreateHost();
        _chain = new CommitChain(Clock);
        await _host.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract StoreHost CreateHost();

    protected async Task AppendAsync(Commit commit) => Assert.Equal(AppendResult.Appended, await Journal.AppendAsync(commit, Token));

    [Fact]
    public async Task An_empty_journal_has_the_empty_head_and_no_commits()
    {
        Assert.Equal(JournalHead.Empty, await Journal.ReadHeadAsync(Token));
        Assert.Empty(await StoreAssert.ReadAllAsync(Journal));
        Assert.Equal(default(Digest), await Journal.ReadSealAsync(Sequence.Zero, Token));
        Assert.Null(await Journal.ReadSealAsync(new Sequence(1), Token));
        Assert.Empty(await Journal.ReadEntriesAsync([new EntryRange(new Sequence(1), new Sequence(1))], Token));
    }

    [Fact]
    public async Task Appended_commits_survive_closing_and_reopening()
    {
        await AppendAsync(Chain.AddCredits(1));
        await AppendAsync(Chain.AddCredits(2, 3, 4));
        await Host.OpenAsync();
        await AppendAsync(Chain.AddCredits(5));
        await Host.OpenAsync();

        StoreAssert.Equal(Chain.Commits, await StoreAssert.ReadAllAsync(Journal));
        Assert.Equal(Chain.Head, await Journal.ReadHeadAsync(Token));
        Assert.Equal(Chain.Head, await JournalVerification.VerifyAsync(Journal, Token));
    }

    [Fact]
    public async Task Each_append_moves_the_head()
    {
        for (int number = 1; number <= 5; number++)
        {
            await AppendAsync(Chain.AddCredits(Enumerable.Repeat(1L, number)));
            Assert.Equal(Chain.Head, await Journal.ReadHeadAsync(Token));
        }
    }

    [Fact]
    public async Task An_appended_commit_is_independent_of_the_list_of_the_caller()
    {
        List<Entry> entries = [Given.Credit(Chain.Next), Given.Credit(Chain.Next.Next)];
        await AppendAsync(Chain.Fork(entries));
        entries.Clear();

        Assert.Equal(2, Assert.Single(await StoreAssert.ReadAllAsync(Journal)).Entries.Count);
    }

    [Theory]
    [InlineData(WrongPosition.SameCommitAgain)]
    [InlineData(WrongPosition.OtherCommitAtTheSamePlace)]
    [InlineData(WrongPosition.FirstCommitAgain)]
    [InlineData(WrongPosition.OverlappingPlace)]
    [InlineData(WrongPosition.Gap)]
    [InlineData(WrongPosition.SealOfAnOlderCommit)]
    [InlineData(WrongPosition.SealOfNoCommit)]
    public async Task A_commit_that_does_not_follow_the_head_is_fenced_and_changes_nothing(WrongPosition misfit)
    {
        JournalHead first = (await AppendNewAsync(10, 20)).ToHead();
        JournalHead second = (await AppendNewAsync(30)).ToHead();
        JournalHead last = (await AppendNewAsync(40, 50)).ToHead();
        Commit commit = misfit switch
        {
            WrongPosition.SameCommitAgain => Chain.Commits[^1],
            WrongPosition.OtherCommitAtTheSamePlace => Chain.Seal(second, [Given.Credit(second.Last.Next), Given.Credit(second.Last.Next.Next)]),
            WrongPosition.FirstCommitAgain => Chain.Commits[0],
            WrongPosition.OverlappingPlace => Chain.Seal(last, [Given.Credit(last.Last)]),
            WrongPosition.Gap => Chain.Seal(last, [Given.Credit(last.Last.Next.Next)]),
            WrongPosition.SealOfAnOlderCommit => Chain.Seal(last with { Seal = first.Seal }, [Given.Credit(last.Last.Next)]),
            _ => Chain.Seal(last with { Seal = Given.Hash(7) }, [Given.Credit(last.Last.Next)]),
        };

        await AssertNotAppendedAsync(AppendResult.Fenced, commit);
    }

    [Fact]
    public async Task An_empty_journal_accepts_only_a_first_commit()
    {
        await AssertNotAppendedAsync(AppendResult.Fenced, Chain.Seal(JournalHead.Empty, [Given.Credit(new Sequence(2))]));
        await AssertNotAppendedAsync(AppendResult.Fenced, Chain.Seal(JournalHead.Empty with { Seal = Given.Hash(1) }, [Given.Credit(new Sequence(1))]));
        await AppendNewAsync(1);
    }

    [Fact]
    public async Task A_fenced_writer_can_append_once_it_has_read_the_new_commits()
    {
        Commit mine = Chain.Fork([Given.Credit(Chain.Next, 1)]);
        await AppendNewAsync(2);
        Assert.Equal(AppendResult.Fenced, await Journal.AppendAsync(mine, Token));

        await AppendAsync(Chain.Add([.. mine.Entries.Select(entry => Given.Credit(Chain.Next, entry.Points.Value))]));
        StoreAssert.Equal(Chain.Commits, await StoreAssert.ReadAllAsync(Journal));
    }

    [Fact]
    public async Task A_commit_at_the_limit_behind_the_clock_is_appended()
    {
        Commit commit = Chain.AddCredits(1);
        Clock.Advance(StoreHost.SkewMax);
        await AppendAsync(commit);
    }

    [Fact]
    public async Task A_commit_beyond_the_limit_behind_the_clock_is_late_and_changes_nothing()
    {
        await AppendNewAsync(1);
        Commit late = Chain.Fork([Given.Credit(Chain.Next)]);
        Clock.Advance(StoreHost.SkewMax + TimeSpan.FromMicroseconds(1));
        await AssertNotAppendedAsync(AppendResult.Late, late);

        await AppendNewAsync(2);
    }

    [Fact]
    public async Task A_commit_at_the_limit_ahead_of_the_clock_is_appended()
    {
        Instant ahead = Instant.FromDateTimeOffset(Clock.GetUtcNow()).PlusClamped(StoreHost.SkewMax);
        await AppendAsync(Chain.Fork([Given.Credit(Chain.Next)], new CommitTime(ahead, ahead)));
    }

    [Fact]
    public async Task A_commit_decided_beyond_the_limit_ahead_of_the_clock_is_early_and_changes_nothing()
    {
        await AppendNewAsync(1);
        Instant ahead = Instant.FromDateTimeOffset(Clock.GetUtcNow()).PlusClamped(StoreHost.SkewMax + TimeSpan.FromMicroseconds(1));
        await AssertNotAppendedAsync(AppendResult.Early, Chain.Fork([Given.Credit(Chain.Next)], new CommitTime(ahead, ahead)));

        await AppendNewAsync(2);
    }

    [Fact]
    public async Task A_commit_recorded_in_the_future_and_decided_now_is_appended()
    {
        Instant now = Instant.FromDateTimeOffset(Clock.GetUtcNow());
        CommitTime time = new(now, now.PlusClamped(TimeSpan.FromDays(400)));
        await AppendAsync(Chain.Fork([Given.Credit(Chain.Next)], time));
        Assert.Equal(time, (await Journal.ReadHeadAsync(Token)).Time);
    }

    [Fact]
    public async Task An_append_that_is_cancelled_before_it_begins_writes_nothing_and_later_appends_work()
    {
        await AppendNewAsync(1);
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        Commit commit = Chain.Fork([Given.Credit(Chain.Next, 2), Given.Credit(Chain.Next.Next, 3)]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Journal.AppendAsync(commit, cancelled.Token));

        await AssertHoldsChainAsync();
        await AppendNewAsync(4);
        await AssertHoldsChainAsync();
    }

    private async Task<Commit> AppendNewAsync(params long[] points)
    {
        Commit commit = Chain.AddCredits(points);
        await AppendAsync(commit);
        return commit;
    }

    private async Task AssertNotAppendedAsync(AppendResult expected, Commit commit)
    {
        Assert.Equal(expected, await Journal.AppendAsync(commit, Token));
        await AssertHoldsChainAsync();
        await Host.OpenAsync();
        await AssertHoldsChainAsync();
    }

    private async Task AssertHoldsChainAsync()
    {
        StoreAssert.Equal(Chain.Commits, await StoreAssert.ReadAllAsync(Journal));
        Assert.Equal(Chain.Head, await Journal.ReadHeadAsync(Token));
        Assert.Equal(Chain.Head.Seal, await Journal.ReadSealAsync(Chain.Head.Last, Token));
        Assert.Null(await Journal.ReadSealAsync(Chain.Head.Last.Next, Token));
        Assert.Empty(await Journal.ReadEntriesAsync([new EntryRange(Chain.Head.Last.Next, Chain.Head.Last.Next)], Token));
    }

    /// <summary>The reason why a commit does not follow the head.</summary>
    public enum WrongPosition
    {
        SameCommitAgain,
        OtherCommitAtTheSamePlace,
        FirstCommitAgain,
        OverlappingPlace,
        Gap,
        SealOfAnOlderCommit,
        SealOfNoCommit,
    }
}
