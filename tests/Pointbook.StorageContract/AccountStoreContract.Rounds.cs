using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: rounds that do not match the position, are repeated, or are interrupted.</summary>
public abstract partial class AccountStoreContract
{
    /// <summary>How the test continues after an interrupted round.</summary>
    public enum Continuation
    {
        RepeatIt,
        RepeatItLonger,
        RepeatItInTwo,
        ReopenAndRepeatIt,
    }

    [Fact]
    public async Task A_round_that_does_not_begin_at_the_position_is_rejected()
    {
        List<Commit> commits = await ApplyExampleAsync();
        RunExample("c");
        commits.Add(Ledger.Commit());
        RunExample("d");
        commits.Add(Ledger.Commit());
        AccountStoreTables before = await Host.ReadTablesAsync();

        foreach (Range wrong in new[] { 0..1, 0..4, 1..2, 1..3, 3..4 })
        {
            Assert.False(await AccountStore.ApplyAsync(SnapshotRound.From(commits[wrong]), Token));
            StoreAssert.Equal(before, await Host.ReadTablesAsync());
        }

        await ApplyAsync(SnapshotRound.From(commits[2..]));
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task Repeating_a_round_is_harmless()
    {
        List<Commit> commits = await ApplyExampleAsync();
        Assert.False(await AccountStore.ApplyAsync(SnapshotRound.From(commits[1..]), Token));
        Assert.False(await AccountStore.ApplyAsync(SnapshotRound.From(commits), Token));
        await AssertIsLedgerAsync();
    }

    [Theory]
    [InlineData(Continuation.RepeatIt)]
    [InlineData(Continuation.RepeatItLonger)]
    [InlineData(Continuation.RepeatItInTwo)]
    [InlineData(Continuation.ReopenAndRepeatIt)]
    public async Task A_round_interrupted_anywhere_and_continued_leaves_the_same_tables(Continuation how)
    {
        await ApplyExampleAsync();
        for (int writes = 0, cuts = 0; ; writes++)
        {
            List<Commit> commits = NextRound();
            if (!await TryInterruptAsync(SnapshotRound.From(commits), writes))
            {
                Assert.True(cuts >= 4);
                return;
            }

            cuts++;
            await ContinueAsync(how, commits);
            await AssertIsLedgerAsync();
        }
    }

    [Fact]
    public async Task A_round_interrupted_between_accounts_states_how_far_its_rows_may_be()
    {
        await ApplyExampleAsync();
        AccountStorePosition start = await AccountStore.ReadPositionAsync(Token);
        List<Commit> commits = ManyAccounts(1_100);

        foreach (int accounts in new[] { 0, 1, 511, 512, 50 })
        {
            await InterruptAfterAccountsAsync(SnapshotRound.From(commits), accounts);
            AccountStorePosition position = await AccountStore.ReadPositionAsync(Token);
            Assert.Equal(start with { TargetLast = Chain.Head.Last, TargetSeal = Chain.Head.Seal }, position);
        }

        AccountStoreTables cut = await Host.ReadTablesAsync();
        Assert.Contains(cut.Accounts, account => account.Snapshot.StandsAt > start.Last);
        Assert.All(cut.Accounts, account => Assert.True(account.Snapshot.StandsAt <= Chain.Head.Last));
        await ApplyAsync(SnapshotRound.From(commits));
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_shorter_round_does_not_move_the_target_back()
    {
        await ApplyExampleAsync();
        List<Commit> commits = ManyAccounts(600);
        await InterruptAfterAccountsAsync(SnapshotRound.From(commits), 590);
        await ApplyAsync(SnapshotRound.From(commits[..1]));

        AccountStorePosition position = await AccountStore.ReadPositionAsync(Token);
        Assert.Equal((commits[0].Last, commits[0].Seal), (position.Last, position.Seal));
        Assert.Equal((Chain.Head.Last, Chain.Head.Seal), (position.TargetLast, position.TargetSeal));
        await ApplyAsync(SnapshotRound.From(commits[1..]));
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_cancelled_round_can_be_repeated()
    {
        await ApplyExampleAsync();
        List<Commit> commits = ManyAccounts(600);
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await AccountStore.ApplyAsync(SnapshotRound.From(commits), cancelled.Token));
        await ApplyAsync(SnapshotRound.From(commits));
        await AssertIsLedgerAsync();
    }

    /// <summary>Two rounds of one commit each, on two accounts.</summary>
    private async Task<List<Commit>> ApplyExampleAsync()
    {
        RunExample("a");
        List<Commit> commits = [Ledger.Commit()];
        RunExample("b");
        commits.Add(Ledger.Commit());
        await ApplyAsync(SnapshotRound.From(commits[..1]));
        await ApplyAsync(SnapshotRound.From(commits[1..]));
        return commits;
    }

    /// <summary>Two commits that open, change and empty lots, pay deductions, use keys, hold, capture, reverse, flush and restore.</summary>
    private List<Commit> NextRound()
    {
        string key = Chain.Next.ToString();
        Ledger.Add("a", "DANNON", 50, day: -1, key);
        Ledger.Add("a", "UNILEVER", 80, day: 9);
        Ledger.Add("a", "UNILEVER", -30, day: 9);
        Ledger.Spend("a", 60);
        Ledger.Hold("b", 7);
        Sequence[] holds = [Ledger.Hold("a", 3), Ledger.Hold("a", 4), Ledger.Hold("a", 5)];
        Assert.True(Ledger.Capture("a", holds[0]));
        List<Commit> commits = [Ledger.Commit()];
        Ledger.Flush("b", key);
        Assert.True(Ledger.Restore("b", Ledger.LastOperation("b")));
        Ledger.Flush("b");
        Ledger.Add("b", "DANNON", 70, day: 2);
        Assert.True(Ledger.Reverse("a", holds[1]));
        Ledger.Spend("a", 1_000);
        commits.Add(Ledger.Commit());
        return commits;
    }

    private List<Commit> ManyAccounts(int count)
    {
        List<Commit> commits = [];
        for (int half = 0; half < 2; half++)
        {
            for (int number = 0; number < count; number++)
            {
                Ledger.Add($"m{number}", "P", 10 + number);
                Ledger.Spend($"m{number}", 1 + half);
            }

            commits.Add(Ledger.Commit());
        }

        return commits;
    }

    private async Task ContinueAsync(Continuation how, List<Commit> commits)
    {
        switch (how)
        {
            case Continuation.RepeatItLonger:
                commits = [.. commits, .. NextRound()];
                break;
            case Continuation.RepeatItInTwo:
                await ApplyAsync(SnapshotRound.From(commits[..1]));
                commits = commits[1..];
                break;
            case Continuation.ReopenAndRepeatIt:
                await Host.OpenAsync();
                break;
        }

        await ApplyAsync(SnapshotRound.From(commits));
    }

    private async Task InterruptAfterAccountsAsync(SnapshotRound round, int accounts)
    {
        Host.FailAfterAccounts(accounts);
        await Assert.ThrowsAnyAsync<StorageFailureException>(async () => await AccountStore.ApplyAsync(round, Token));
        Host.Heal();
    }

    /// <summary>Makes a round fail at a write.</summary>
    /// <returns>False if the round had no more writes than that, so that it did not fail.</returns>
    private async Task<bool> TryInterruptAsync(SnapshotRound round, int writes)
    {
        Host.FailAfterWrites(writes);
        Exception? failure = await Record.ExceptionAsync(async () => Assert.True(await AccountStore.ApplyAsync(round, Token)));
        Host.Heal();
        return failure is not null;
    }
}
