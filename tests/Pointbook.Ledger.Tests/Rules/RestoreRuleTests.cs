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
    private readonly Book _book = new();

    [Fact]
    public void A_restore_brings_back_lots_lines_their_order_deductions_and_holds()
    {
        FillUp();
        AccountSnapshot before = _book.State.ToSnapshot();
        IReadOnlyList<Entry> flush = _book.Do(Flush());
        Assert.Equal((Points.Zero, Points.Zero), (_book.State.Balance, _book.State.Held));
        IReadOnlyList<Entry> restore = _book.Do(Restore(flush[0].Sequence) with { Origin = new Origin { Reason = "wrong account" } });

        Snapshots.AssertSamePoints(before, _book.State.ToSnapshot());
        Assert.Equal((new Points(19), new Points(2)), (_book.State.Balance, _book.State.Held));
        Assert.Equal((flush[0].Sequence, "wrong account"), (restore[0].Subject, restore[0].Origin?.Reason));
        Assert.Equal([new(MillerCoors, 0), new(Unilever, 8), new(Dannon, 11)], Answers.BalanceOf(_book.State));
    }

    [Fact]
    public void Each_entry_of_a_restore_is_the_mirror_of_one_of_its_flush()
    {
        FillUp();
        IReadOnlyList<Entry> flush = _book.Do(Flush());
        IReadOnlyList<Entry> restore = _book.Do(Restore(flush[0].Sequence));

        Assert.All(restore, entry => Assert.Equal(EntryKind.Restore, entry.Kind));
        Assert.Equal(flush.Select(Amounts), restore.Select(entry => Amounts(entry with { Points = -entry.Points, LotPoints = -entry.LotPoints })));

        static object Amounts(Entry entry) => (entry.Payer, entry.Points, entry.LotPoints, entry.OccurredAt, entry.Lot, entry.ExpiresAt, entry.IsFirst ? null : entry.Subject);
    }

    [Fact]
    public void After_a_restore_points_are_spent_as_if_there_had_been_no_flush()
    {
        FillUp();
        Book other = new();
        FillUp(other);
        _book.Do(Flush());
        _book.Do(Restore(_book.Flushes[^1]));

        Assert.Equal(Answers.AllocationsOf(other.Do(Spend(19))), Answers.AllocationsOf(_book.Do(Spend(19))));
    }

    [Fact]
    public void A_flush_is_taken_back_once()
    {
        FillUp();
        Sequence flush = First(Flush());
        _book.Do(Restore(flush));

        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _book.Refuse(Restore(flush)));
    }

    [Fact]
    public void A_flush_is_not_taken_back_once_the_account_has_any_later_entry()
    {
        FillUp();
        Sequence flush = First(Flush());
        _book.Do(Add(Dannon, 1, Day(1)));

        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _book.Refuse(Restore(flush)));
    }

    [Fact]
    public void Commands_that_write_nothing_do_not_keep_a_flush_from_being_taken_back()
    {
        FillUp();
        Sequence flush = First(Flush());
        _book.Refuse(Spend(1));
        _book.Refuse(Reverse(_book.Spends[^1]));
        _book.Do(Flush());
        _book.WaitUntil(Day(11));
        _book.Do(Sweep());

        Assert.NotEmpty(_book.Do(Restore(flush)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Flushes_of_nothing_do_not_keep_the_one_before_them_from_being_taken_back(int count)
    {
        FillUp();
        AccountSnapshot before = _book.State.ToSnapshot();
        Sequence flush = First(Flush());
        List<Sequence> empty = [.. Enumerable.Range(0, count).Select(_ => First(KeyedFlush()))];
        _book.Reload();

        Assert.All(empty, sequence => Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _book.Refuse(Restore(sequence))));
        _book.Do(Restore(flush));
        Snapshots.AssertSamePoints(before, _book.State.ToSnapshot());
        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _book.Refuse(Restore(flush)));
        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _book.Refuse(Restore(empty[0])));
    }

    [Fact]
    public void A_flush_of_an_account_that_was_never_used_cannot_be_taken_back()
    {
        Sequence empty = First(KeyedFlush());
        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _book.Refuse(Restore(empty)));
        Assert.Empty(_book.State.Payers);
    }

    [Fact]
    public void A_flush_that_was_taken_back_stays_so_behind_a_later_one_and_flushes_of_nothing()
    {
        FillUp();
        Sequence first = First(Flush());
        First(KeyedFlush());
        _book.Do(Restore(first));
        Sequence second = First(Flush());
        First(KeyedFlush());

        Assert.Equal(new Refusal(RefusalCode.AccountMovedOn), _book.Refuse(Restore(first)));
        _book.Do(Restore(second));
    }

    [Fact]
    public void An_earlier_flush_is_not_taken_back_even_if_the_later_one_was()
    {
        FillUp();
        Sequence earlier = First(Flush());
        _book.Do(Add(Dannon, 1, Day(1)));
        Sequence later = First(Flush());

        Assert.Equal(RefusalCode.AccountMovedOn, _book.Refuse(Restore(earlier)).Code);
        _book.Do(Restore(later));
        Assert.Equal(RefusalCode.AccountMovedOn, _book.Refuse(Restore(earlier)).Code);
        Assert.Equal([new ReferenceLine(Dannon, 1)], Answers.BalanceOf(_book.State));
    }

    [Fact]
    public void A_restored_account_can_be_flushed_and_restored_again()
    {
        FillUp();
        AccountSnapshot before = _book.State.ToSnapshot();
        Sequence first = First(Flush());
        _book.Do(Restore(first));
        Sequence second = First(Flush());
        Assert.Equal(RefusalCode.AccountMovedOn, _book.Refuse(Restore(first)).Code);
        _book.Reload();
        _book.Do(Restore(second));

        Snapshots.AssertSamePoints(before, _book.State.ToSnapshot());
    }

    [Fact]
    public void What_became_due_while_it_was_flushed_happens_right_after_the_restore()
    {
        Sequence lot = First(Add(Dannon, 10, Day(1), Day(12)));
        Sequence spend = First(Hold(4, days: 1));
        Sequence flush = First(Flush());
        _book.WaitUntil(Day(13));
        _book.Do(Sweep());
        Assert.Empty(_book.Due);
        _book.Do(Restore(flush));

        Assert.Equal(
            [(EntryKind.Reversal, 0), (EntryKind.Return, 4), (EntryKind.Expiry, -10)],
            _book.Due.Select(entry => (entry.Kind, (int)entry.Points.Value)));
        Assert.Equal((spend, lot), (_book.Due[0].Subject!.Value, _book.Due[2].Lot!.Value));
        Assert.Equal(RefusalCode.AlreadyReversed, _book.Refuse(Capture(spend)).Code);
    }

    [Fact]
    public void A_restored_hold_is_captured_like_any_other()
    {
        FillUp();
        Sequence spend = _book.Spends[^1];
        _book.Do(Flush());
        _book.Reload();
        _book.Do(Restore(_book.Flushes[^1]));
        _book.Reload();
        _book.Do(Capture(spend));

        Assert.Equal(Points.Zero, _book.State.Held);
    }

    [Fact]
    public void Only_a_flush_of_this_account_can_be_taken_back()
    {
        FillUp();
        Sequence spend = _book.Spends[^1];
        IReadOnlyList<Entry> flush = _book.Do(Flush());

        foreach (Sequence subject in new[] { Sequence.Zero, new Sequence(1), spend, flush[1].Sequence, _book.Next })
        {
            Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _book.Refuse(Restore(subject)));
        }

        Assert.Equal(RefusalCode.OperationNotFound, Decide(Restore(flush[1].Sequence) with { SubjectEntries = [.. flush.Skip(1)] })!.Code);
        Assert.Equal(RefusalCode.OperationNotFound, Decide(Restore(flush[1].Sequence) with { SubjectEntries = flush })!.Code);
        Command foreign = Restore(flush[0].Sequence) with { SubjectEntries = [.. flush.Select(entry => entry with { Account = AccountId.FromTrusted("dave") })] };
        Assert.Equal(RefusalCode.OperationNotFound, Decide(foreign)!.Code);
    }

    [Fact]
    public void A_restore_next_to_the_ends_of_64_bits_overflows_nowhere()
    {
        _book.Do(Add(Dannon, long.MaxValue - 1, Day(1)));
        _book.Do(Add(Dannon, -(long.MaxValue - 1), Day(1)));
        _book.Do(Add(Dannon, long.MaxValue - 1, Day(2)));
        _book.Do(Add(Unilever, 1, Day(1)));
        _book.Do(Hold(long.MaxValue / 2, days: 5));
        AccountSnapshot before = _book.State.ToSnapshot();
        _book.Do(Restore(First(Flush())));

        Snapshots.AssertSamePoints(before, _book.State.ToSnapshot());
    }

    private Sequence First(Command command) => _book.Do(command)[0].Sequence;

    private Refusal? Decide(Command command) =>
        LedgerRules.Decide(_book.State, command, new DecisionContext(_book.Next, _book.Now, TimestampMax), []);

    private void FillUp() => FillUp(_book);

    /// <summary>A payer with zero points, one with unpaid deductions, one with lots out of order, a future expiry, and a hold.</summary>
    private static void FillUp(Book book)
    {
        book.Do(Add(MillerCoors, 3, Day(1)));
        book.Do(Spend(3));
        book.Do(Add(Unilever, 12, Day(4), Day(40)));
        book.Do(Add(Dannon, 8, Day(6)));
        book.Do(Add(Dannon, 5, Day(2)));
        book.Do(Add(Unilever, -4, Day(4)));
        book.Do(Hold(2, days: 30));
    }
}
