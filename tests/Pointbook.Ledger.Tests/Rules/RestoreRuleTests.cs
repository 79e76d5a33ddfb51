using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using Pointbook.Reference;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Rules;

/// <summary>The part of rule 10 about restores: a client can undo the latest flush until another operation changes the account.</summary>
public sealed class RestoreRuleTests
{
    private readonly TestAccount _account = new();

    [Fact]
    public void A_restore_brings_back_lots_lines_and_their_order_deductions_and_holds()
    {
        FillAccount();
        AccountSnapshot before = _account.State.ToSnapshot();
        IReadOnlyList<Entry> flush = _account.Do(Flush());
        Assert.Equal((Points.Zero, Points.Zero), (_account.State.Balance, _account.State.Held));
        IReadOnlyList<Entry> restore = _account.Do(Restore(flush[0].Sequence) with { Origin = new Origin { Reason = "wrong account" } });

        Snapshots.AssertSamePoints(before, _account.State.ToSnapshot());
        Assert.Equal((new Points(19), new Points(2)), (_account.State.Balance, _account.State.Held));
        Assert.Equal((flush[0].Sequence, "wrong account"), (restore[0].Subject, restore[0].Origin?.Reason));
        Assert.Equal([new(MillerCoors, 0), new(Unilever, 8), new(Dannon, 11)], ClientView.BalanceOf(_account.State));
    }

    [Fact]
    public void Each_entry_of_a_restore_mirrors_one_of_its_flush()
    {
        FillAccount();
        IReadOnlyList<Entry> flush = _account.Do(Flush());
        IReadOnlyList<Entry> restore = _account.Do(Restore(flush[0].Sequence));

        Assert.All(restore, entry => Assert.Equal(EntryKind.Restore, entry.Kind));
        Assert.Equal(flush.Select(Amounts), restore.Select(entry => Amounts(entry with { Points = -entry.Points, LotPoints = -entry.LotPoints })));

        static object Amounts(Entry entry) => (entry.Payer, entry.Points, entry.LotPoints, entry.OccurredAt, entry.Lot, entry.ExpiresAt, entry.IsFirst ? null : entry.Subject);
    }

    [Fact]
    public void After_a_restore_points_are_spent_as_if_there_had_been_no_flush()
    {
        FillAccount();
        TestAccount other = new();
        FillAccount(other);
        _account.Do(Flush());
        _account.Do(Restore(_account.Flushes[^1]));

        Assert.Equal(ClientView.AllocationsOf(other.Do(Spend(19))), ClientView.AllocationsOf(_account.Do(Spend(19))));
    }

    [Fact]
    public void A_flush_can_be_restored_only_once()
    {
        FillAccount();
        Sequence flush = First(Flush());
        _account.Do(Restore(flush));

        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _account.Refuse(Restore(flush)));
    }

    [Fact]
    public void A_flush_cannot_be_restored_once_the_account_has_a_later_entry()
    {
        FillAccount();
        Sequence flush = First(Flush());
        _account.Do(Add(Dannon, 1, Day(1)));

        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _account.Refuse(Restore(flush)));
    }

    [Fact]
    public void Commands_that_write_nothing_do_not_prevent_a_restore()
    {
        FillAccount();
        Sequence flush = First(Flush());
        _account.Refuse(Spend(1));
        _account.Refuse(Reverse(_account.Spends[^1]));
        _account.Do(Flush());
        _account.WaitUntil(Day(11));
        _account.Do(Sweep());

        Assert.NotEmpty(_account.Do(Restore(flush)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Empty_flushes_do_not_prevent_the_restore_of_the_flush_before_them(int count)
    {
        FillAccount();
        AccountSnapshot before = _account.State.ToSnapshot();
        Sequence flush = First(Flush());
        List<Sequence> empty = [.. Enumerable.Range(0, count).Select(_ => First(KeyedFlush()))];
        _account.Reload();

        Assert.All(empty, sequence => Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _account.Refuse(Restore(sequence))));
        _account.Do(Restore(flush));
        Snapshots.AssertSamePoints(before, _account.State.ToSnapshot());
        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _account.Refuse(Restore(flush)));
        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _account.Refuse(Restore(empty[0])));
    }

    [Fact]
    public void A_flush_of_an_unused_account_cannot_be_restored()
    {
        Sequence empty = First(KeyedFlush());
        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _account.Refuse(Restore(empty)));
        Assert.Empty(_account.State.Payers);
    }

    [Fact]
    public void A_restored_flush_cannot_be_restored_again_after_later_flushes()
    {
        FillAccount();
        Sequence first = First(Flush());
        First(KeyedFlush());
        _account.Do(Restore(first));
        Sequence second = First(Flush());
        First(KeyedFlush());

        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _account.Refuse(Restore(first)));
        _account.Do(Restore(second));
    }

    [Fact]
    public void An_earlier_flush_cannot_be_restored_even_if_the_later_one_was()
    {
        FillAccount();
        Sequence earlier = First(Flush());
        _account.Do(Add(Dannon, 1, Day(1)));
        Sequence later = First(Flush());

        Assert.Equal(RefusalCode.AccountMovedOn, _account.Refuse(Restore(earlier)).Code);
        _account.Do(Restore(later));
        Assert.Equal(RefusalCode.AccountMovedOn, _account.Refuse(Restore(earlier)).Code);
        Assert.Equal([new ReferenceLine(Dannon, 1)], ClientView.BalanceOf(_account.State));
    }

    [Fact]
    public void A_restored_account_can_be_flushed_and_restored_again()
    {
        FillAccount();
        AccountSnapshot before = _account.State.ToSnapshot();
        Sequence first = First(Flush());
        _account.Do(Restore(first));
        Sequence second = First(Flush());
        Assert.Equal(RefusalCode.AccountMovedOn, _account.Refuse(Restore(first)).Code);
        _account.Reload();
        _account.Do(Restore(second));

        Snapshots.AssertSamePoints(before, _account.State.ToSnapshot());
    }

    [Fact]
    public void Events_that_became_due_while_the_account_was_flushed_happen_right_after_the_restore()
    {
        Sequence lot = First(Add(Dannon, 10, Day(1), Day(12)));
        Sequence spend = First(Hold(4, days: 1));
        Sequence flush = First(Flush());
        _account.WaitUntil(Day(13));
        _account.Do(Sweep());
        Assert.Empty(_account.Due);
        _account.Do(Restore(flush));

        Assert.Equal(
            [(EntryKind.Reversal, 0), (EntryKind.Return, 4), (EntryKind.Expiry, -10)],
            _account.Due.Select(entry => (entry.Kind, (int)entry.Points.Value)));
        Assert.Equal((spend, lot), (_account.Due[0].Subject!.Value, _account.Due[2].Lot!.Value));
        Assert.Equal(RefusalCode.AlreadyReversed, _account.Refuse(Capture(spend)).Code);
    }

    [Fact]
    public void A_restored_hold_is_captured_like_any_other()
    {
        FillAccount();
        Sequence spend = _account.Spends[^1];
        _account.Do(Flush());
        _account.Reload();
        _account.Do(Restore(_account.Flushes[^1]));
        _account.Reload();
        _account.Do(Capture(spend));

        Assert.Equal(Points.Zero, _account.State.Held);
    }

    [Fact]
    public void Only_a_flush_of_this_account_can_be_restored()
    {
        FillAccount();
        Sequence spend = _account.Spends[^1];
        IReadOnlyList<Entry> flush = _account.Do(Flush());

        foreach (Sequence subject in new[] { Sequence.Zero, new Sequence(1), spend, flush[1].Sequence, _account.Next })
        {
            Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _account.Refuse(Restore(subject)));
        }

        Assert.Equal(RefusalCode.OperationNotFound, Decide(Restore(flush[1].Sequence) with { SubjectEntries = [.. flush.Skip(1)] })!.Code);
        Assert.Equal(RefusalCode.OperationNotFound, Decide(Restore(flush[1].Sequence) with { SubjectEntries = flush })!.Code);
        Command foreign = Restore(flush[0].Sequence) with { SubjectEntries = [.. flush.Select(entry => entry with { Account = AccountId.FromTrusted("dave") })] };
        Assert.Equal(RefusalCode.OperationNotFound, Decide(foreign)!.Code);
    }

    [Fact]
    public void A_restore_near_the_ends_of_64_bits_does_not_overflow()
    {
        _account.Do(Add(Dannon, long.MaxValue - 1, Day(1)));
        _account.Do(Add(Dannon, -(long.MaxValue - 1), Day(1)));
        _account.Do(Add(Dannon, long.MaxValue - 1, Day(2)));
        _account.Do(Add(Unilever, 1, Day(1)));
        _account.Do(Hold(long.MaxValue / 2, days: 5));
        AccountSnapshot before = _account.State.ToSnapshot();
        _account.Do(Restore(First(Flush())));

        Snapshots.AssertSamePoints(before, _account.State.ToSnapshot());
    }

    private Sequence First(Command command) => _account.Do(command)[0].Sequence;

    private Refusal? Decide(Command command) =>
        LedgerRules.Decide(_account.State, command, new DecisionContext(_account.Next, _account.Now, TimestampMax), []);

    private void FillAccount() => FillAccount(_account);

    /// <summary>A payer with zero points, one with unpaid deductions, one with lots out of order, a future expiry, and a hold.</summary>
    private static void FillAccount(TestAccount account)
    {
        account.Do(Add(MillerCoors, 3, Day(1)));
        account.Do(Spend(3));
        account.Do(Add(Unilever, 12, Day(4), Day(40)));
        account.Do(Add(Dannon, 8, Day(6)));
        account.Do(Add(Dannon, 5, Day(2)));
        account.Do(Add(Unilever, -4, Day(4)));
        account.Do(Hold(2, days: 30));
    }
}
