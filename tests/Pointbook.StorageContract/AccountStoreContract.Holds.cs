using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: pending spends begin and end, in one round or in many.</summary>
public abstract partial class AccountStoreContract
{
    /// <summary>How a pending spend ends.</summary>
    public enum HowHoldEnds
    {
        Captured,
        Reversed,
        Over,
        CapturedThenReversed,
        FlushedAway,
    }

    public static TheoryData<HowHoldEnds, bool> WaysHoldsEnd => new MatrixTheoryData<HowHoldEnds, bool>(Enum.GetValues<HowHoldEnds>(), [true, false]);

    [Fact]
    public async Task A_pending_spend_is_loaded_with_its_draws()
    {
        Ledger.Add("a", "P", 10, day: 2, expiresIn: TimeSpan.FromDays(30));
        Ledger.Add("a", "Q", 20, day: 1);
        Ledger.Add("a", "Q", -5);
        Ledger.Add("a", "P", 30, day: 3);
        Sequence spend = Ledger.Hold("a", 27, TimeSpan.FromHours(7));
        await ApplyAsync(Ledger.Round());

        HoldSnapshot hold = Assert.Single((await LoadAsync("a")).Holds);
        Assert.Equal((spend, Chain.Head.RecordedAt.PlusClamped(TimeSpan.FromHours(7))), (hold.Spend, hold.EndsAt));
        Assert.Equal([("Q", 15, false), ("P", 10, true), ("P", 2, false)], hold.Draws.Select(draw => (draw.Payer.Value, draw.Points.Value, draw.ExpiresAt is not null)));
        await AssertIsLedgerAsync();
    }

    [Theory]
    [MemberData(nameof(WaysHoldsEnd))]
    public async Task A_spend_is_pending_until_its_hold_ends(HowHoldEnds how, bool isOneRound)
    {
        Sequence first = default;
        Sequence second = default;
        await StepAsync(isOneRound, () => RunExample("a"));
        await StepAsync(isOneRound, () => first = Ledger.Hold("a", 700));
        await StepAsync(isOneRound, () => second = Ledger.Hold("a", 1_300, TimeSpan.FromDays(2)));
        await StepAsync(isOneRound, () => End(how, first));
        await FinishAsync();
        Assert.Equal(how == HowHoldEnds.FlushedAway ? [] : [second], (await LoadAsync("a")).Holds.Select(hold => hold.Spend));
        await StepAsync(isOneRound, () => Ledger.Add("a", "P", 5));
        await FinishAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pending_spends_that_a_flush_ended_return_with_its_restore_and_otherwise_disappear(bool isOneRound)
    {
        Sequence spend = default;
        await StepAsync(isOneRound, () => RunExample("a"));
        await StepAsync(isOneRound, () => spend = Ledger.Hold("a", 700));
        await StepAsync(isOneRound, () => Ledger.Flush("a"));
        await StepAsync(isOneRound, () => Assert.True(Ledger.Restore("a", Ledger.LastOperation("a"))));
        await FinishAsync();
        AccountSnapshot restored = await LoadAsync("a");
        Assert.Equal([spend], restored.Holds.Select(hold => hold.Spend));
        Assert.Equal(Sequence.Zero, restored.FlushedThrough);

        await StepAsync(isOneRound, () => Ledger.Flush("a"));
        await StepAsync(isOneRound, () => Ledger.Add("a", "P", 5));
        await StepAsync(isOneRound, () => Ledger.Hold("a", 2));
        await StepAsync(isOneRound, () => Ledger.Flush("a"));
        await StepAsync(isOneRound, () => Assert.True(Ledger.Restore("a", Ledger.LastOperation("a"))));
        await StepAsync(isOneRound, () => Assert.True(Ledger.Capture("a", Ledger.OperationsOf("a", EntryKind.Spend)[^1])));
        await FinishAsync();
        Assert.Empty((await LoadAsync("a")).Holds);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_empty_flush_keeps_what_the_previous_flush_took(bool isOneRound)
    {
        Sequence spend = default;
        Sequence flush = default;
        await StepAsync(isOneRound, () => RunExample("a"));
        await StepAsync(isOneRound, () => spend = Ledger.Hold("a", 700));
        await StepAsync(isOneRound, () => Ledger.Flush("a"));
        await StepAsync(isOneRound, () => flush = Ledger.LastOperation("a"));
        await StepAsync(isOneRound, () => Ledger.Flush("a", key: "again"));
        await StepAsync(isOneRound, () => Ledger.Flush("a", key: "and again"));
        await FinishAsync();
        AccountSnapshot flushed = await LoadAsync("a");
        Assert.Equal([spend], flushed.Holds.Select(hold => hold.Spend));
        Assert.Equal((flushed.StandsAt, Sequence.Zero), (flushed.FlushedThrough, flushed.FlushedThroughBefore));
        Assert.False(Ledger.Restore("a", Ledger.LastOperation("a")));

        await StepAsync(isOneRound, () => Assert.True(Ledger.Restore("a", flush)));
        await StepAsync(isOneRound, () => Assert.True(Ledger.Capture("a", spend)));
        await FinishAsync();
        AccountSnapshot restored = await LoadAsync("a");
        Assert.Empty(restored.Holds);
        Assert.Equal(Sequence.Zero, restored.FlushedThrough);
    }

    [Fact]
    public async Task An_empty_flush_opens_an_unused_account()
    {
        Ledger.Flush("new", key: "k");
        await ApplyAsync(Ledger.Round());
        AccountSnapshot opened = await LoadAsync("new");
        Assert.Equal((opened.StandsAt, Sequence.Zero), (opened.FlushedThrough, opened.FlushedThroughBefore));
        Assert.Equal([Given.Account("new")], await AccountStore.ListAccountsAsync("new", null, 10, Token));
        Ledger.Add("new", "P", 5);
        await ApplyAsync(Ledger.Round());
        Assert.Equal(opened.StandsAt, (await LoadAsync("new")).FlushedThrough);
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_round_that_begins_at_a_flush_drops_the_flushed_holds_and_keeps_new_ones()
    {
        RunExample("a");
        Ledger.Hold("a", 100);
        Ledger.Hold("a", 200);
        Ledger.Flush("a");
        await ApplyAsync(Ledger.Round());
        Assert.Equal(2, (await LoadAsync("a")).Holds.Count);

        Ledger.Add("a", "P", 50);
        Sequence third = Ledger.Hold("a", 20);
        Ledger.Flush("a");
        await ApplyAsync(Ledger.Round());
        Assert.Equal([third], (await LoadAsync("a")).Holds.Select(hold => hold.Spend));
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_reversal_reopens_emptied_lots()
    {
        RunExample("a");
        await ApplyAsync(Ledger.Round());
        AccountSnapshot before = await LoadAsync("a");
        Assert.True(Ledger.Spend("a", 6_300));
        Sequence spend = Ledger.LastOperation("a");
        await ApplyAsync(Ledger.Round());
        Assert.Empty((await LoadAsync("a")).Lots);

        Assert.True(Ledger.Reverse("a", spend));
        Assert.False(Ledger.Reverse("a", spend));
        await ApplyAsync(Ledger.Round());
        Assert.Equal(before.Lots, (await LoadAsync("a")).Lots);
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_load_returns_the_capture_or_reversal_of_each_requested_spend()
    {
        RunExample("a");
        RunExample("b");
        Sequence captured = Ledger.Hold("a", 10);
        Sequence reversed = Ledger.Hold("a", 20);
        Sequence both = Ledger.Hold("a", 30);
        Sequence pending = Ledger.Hold("a", 40);
        Ledger.Capture("a", captured);
        Ledger.Capture("a", both);
        await ApplyAsync(Ledger.Round());
        Ledger.Reverse("a", reversed);
        Sequence firstReversal = Ledger.LastOperation("a");
        Ledger.Reverse("a", both);
        await ApplyAsync(Ledger.Round());

        Sequence[] asked = [both, captured, reversed, pending, new Sequence(999_999)];
        List<LoadedAccount> loaded = await StoreAssert.LoadAsync(
            AccountStore, new AccountRequest(Given.Account("a"), false, [], asked), new AccountRequest(Given.Account("b"), true, [], asked));
        IReadOnlyDictionary<Sequence, SubjectEnd> ends = loaded.Single(account => account.Account.Value == "a").Ends;
        Assert.Equal([captured, reversed, both], ends.Keys.Order());
        Assert.Equal(
            [EntryKind.Capture, EntryKind.Reversal, EntryKind.Reversal], new[] { captured, reversed, both }.Select(spend => ends[spend].Kind));
        Assert.Equal((firstReversal, Ledger.LastOperation("a")), (ends[reversed].Operation, ends[both].Operation));
        Assert.Empty(loaded.Single(account => account.Account.Value == "b").Ends);
        Assert.Empty(Assert.Single(await StoreAssert.LoadAsync(AccountStore, new AccountRequest(Given.Account("a"), true, [], []))).Ends);
        await AssertIsLedgerAsync();
    }

    private void End(HowHoldEnds how, Sequence spend)
    {
        switch (how)
        {
            case HowHoldEnds.Captured:
                Assert.True(Ledger.Capture("a", spend));
                break;
            case HowHoldEnds.Reversed:
                Assert.True(Ledger.Reverse("a", spend));
                break;
            case HowHoldEnds.Over:
                Host.Clock.Advance(TimeSpan.FromHours(25));
                Ledger.Sweep("a");
                break;
            case HowHoldEnds.CapturedThenReversed:
                Assert.True(Ledger.Capture("a", spend));
                Assert.True(Ledger.Reverse("a", spend));
                break;
            case HowHoldEnds.FlushedAway:
                Ledger.Flush("a");
                Ledger.Add("a", "P", 1);
                break;
        }
    }

    /// <summary>Acts on the ledger. Applies the result at once, or leaves it for a longer round.</summary>
    private async Task StepAsync(bool isOneRound, Action act)
    {
        act();
        if (!isOneRound)
        {
            await FinishAsync();
        }
    }

    /// <summary>Applies everything that is not applied yet in one round, and asserts that the tables contain it.</summary>
    private async Task FinishAsync()
    {
        if (Ledger.Uncommitted > 0)
        {
            Ledger.Commit();
        }

        Sequence position = (await AccountStore.ReadPositionAsync(Token)).Last;
        if (position < Chain.Head.Last)
        {
            await ApplyAsync(SnapshotRound.From([.. Chain.Commits.Where(commit => commit.First > position)]));
        }

        await AssertIsLedgerAsync();
    }
}
