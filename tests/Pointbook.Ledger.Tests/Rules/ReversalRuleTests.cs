using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using Pointbook.Reference;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Rules;

/// <summary>Rule 6: a reversal returns points to the lots that the spend drew them from, and only once.</summary>
public sealed class ReversalRuleTests
{
    private readonly Book _book = new();

    [Fact]
    public void A_reversal_names_its_spend_and_returns_each_draw_with_all_that_its_lot_was()
    {
        Sequence dannon = First(Add(Dannon, 10, Day(1), Day(40)));
        Sequence unilever = First(Add(Unilever, 10, Day(2)));
        Sequence spend = First(Spend(12));
        IReadOnlyList<Entry> reversal = _book.Do(Reverse(spend) with { Origin = new Origin { Reason = "returned goods" } });

        Assert.Equal([EntryKind.Reversal, EntryKind.Return, EntryKind.Return], reversal.Select(entry => entry.Kind));
        Assert.Equal((spend, "returned goods", null), (reversal[0].Subject, reversal[0].Origin?.Reason, reversal[0].ExpiresAt));
        Assert.Equal(
            [(Dannon, 10, Day(1), dannon, Day(40)), (Unilever, 2, Day(2), unilever, (Instant?)null)],
            reversal.Skip(1).Select(entry => (entry.Payer!, (int)entry.Points.Value, entry.OccurredAt!.Value, entry.Lot!.Value, entry.ExpiresAt)));
        Assert.Empty(_book.Due);
    }

    [Fact]
    public void Emptied_lots_open_again_in_their_old_places_and_partly_drawn_ones_are_filled_up()
    {
        _book.Do(Add(Dannon, 10, Day(2)));
        _book.Do(Add(Unilever, 10, Day(1)));
        _book.Do(Add(MillerCoors, 10, Day(3)));
        AccountSnapshot before = _book.State.ToSnapshot();
        Sequence spend = First(Spend(25));
        Assert.Equal(1, _book.State.LotCount);
        _book.Do(Reverse(spend));

        Snapshots.AssertSamePoints(before, _book.State.ToSnapshot());
        Assert.Equal([new(Unilever, -10), new(Dannon, -10), new(MillerCoors, -5)], Spent(25));
    }

    [Fact]
    public void Lots_that_were_emptied_by_later_spends_open_again_too()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        Sequence first = First(Spend(4));
        Sequence second = First(Spend(6));
        _book.Do(Reverse(first));
        Assert.Equal([new ReferenceLine(Dannon, 4)], Answers.BalanceOf(_book.State));
        _book.Do(Reverse(second));

        Assert.Equal(new Points(10), Assert.Single(_book.State.OpenLots()).Remaining);
    }

    [Fact]
    public void What_comes_back_stands_behind_older_credits_that_arrived_meanwhile()
    {
        _book.Do(Add(Dannon, 10, Day(5)));
        Sequence spend = First(Spend(10));
        _book.Do(Add(Unilever, 10, Day(1)));
        _book.Do(Add(MillerCoors, 10, Day(5)));
        _book.Do(Reverse(spend));

        Assert.Equal([new(Unilever, -10), new(Dannon, -10), new(MillerCoors, -1)], Spent(21));
    }

    [Fact]
    public void A_settlement_stands_when_its_spend_is_reversed()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        _book.Do(Add(Dannon, -4, Day(1)));
        Sequence spend = First(Spend(3));
        _book.Do(Reverse(spend));

        PayerLine line = Assert.Single(_book.State.Payers);
        Assert.Equal((new Points(6), Points.Zero), (line.Balance, line.Outstanding));
        Assert.Equal(new Points(6), Assert.Single(_book.State.OpenLots()).Remaining);
    }

    [Fact]
    public void Returned_points_pay_deductions_that_came_after_the_spend()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        _book.Do(Add(Dannon, 10, Day(2)));
        Sequence spend = First(Spend(10));
        _book.Do(Add(Dannon, -7, Day(3)));
        _book.Do(Reverse(spend));

        Assert.Equal(
            [(EntryKind.Settlement, -7), (EntryKind.Draw, -3), (EntryKind.Draw, -1)],
            _book.Do(Spend(4)).Skip(1).Select(entry => (entry.Kind, (int)entry.LotPoints.Value)));
    }

    [Fact]
    public void Points_that_expired_meanwhile_come_back_and_expire_at_once()
    {
        Sequence lot = First(Add(Dannon, 10, Day(1), Day(12)));
        _book.Do(Add(Unilever, 10, Day(2)));
        Sequence spend = First(Spend(15));
        _book.WaitUntil(Day(12));
        IReadOnlyList<Entry> returned = _book.Do(Reverse(spend));

        Assert.Equal([10, 5], returned.Skip(1).Select(entry => (int)entry.Points.Value));
        Entry expiry = Assert.Single(_book.Due);
        Assert.Equal((EntryKind.Expiry, lot, new Points(-10), Day(12)), (expiry.Kind, expiry.Lot!.Value, expiry.Points, expiry.ExpiresAt!.Value));
        Assert.Equal([new(Dannon, 0), new(Unilever, 10)], Answers.BalanceOf(_book.State));
    }

    [Fact]
    public void Expired_points_that_come_back_pay_deductions_before_they_are_lost()
    {
        _book.Do(Add(Dannon, 10, Day(1), Day(12)));
        _book.Do(Add(Dannon, 20, Day(2)));
        Sequence spend = First(Spend(10));
        _book.Do(Add(Dannon, -4, Day(3)));
        _book.WaitUntil(Day(13));
        _book.Do(Reverse(spend));

        Assert.Equal([(EntryKind.Settlement, -4), (EntryKind.Expiry, -6)], _book.Due.Select(entry => (entry.Kind, (int)entry.LotPoints.Value)));
        Assert.Equal([new ReferenceLine(Dannon, 20)], Answers.BalanceOf(_book.State));
        Assert.False(_book.State.HasOutstanding);
    }

    [Fact]
    public void A_spend_is_reversed_once()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        Sequence spend = First(Spend(4));
        _book.Do(Reverse(spend));

        Assert.Equal(new Refusal(RefusalCode.AlreadyReversed), _book.Refuse(Reverse(spend)));
        Assert.Equal(new Points(10), _book.State.Balance);
    }

    [Fact]
    public void Only_a_spend_of_this_account_can_be_reversed_or_captured()
    {
        Sequence credit = First(Add(Dannon, 10, Day(1)));
        IReadOnlyList<Entry> spend = _book.Do(Spend(4));
        Sequence reversal = First(Reverse(spend[0].Sequence));
        Sequence flush = First(Flush());
        Sequence[] others = [Sequence.Zero, credit, spend[1].Sequence, reversal, flush, _book.Next];

        Assert.All(others, subject => Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _book.Refuse(Reverse(subject))));
        Assert.All(others, subject => Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _book.Refuse(Capture(subject))));
        Assert.Equal(RefusalCode.OperationNotFound, Foreign(Reverse(spend[0].Sequence), spend).Code);
        Assert.Equal(RefusalCode.OperationNotFound, Foreign(Capture(spend[0].Sequence), spend).Code);
    }

    [Fact]
    public void The_middle_of_a_spend_is_no_spend_even_if_its_entries_are_brought_along()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        IReadOnlyList<Entry> spend = _book.Do(Spend(4));
        List<Entry> entries = [];
        Command reversal = Reverse(spend[1].Sequence) with { SubjectEntries = spend };

        Assert.Equal(RefusalCode.OperationNotFound, Decide(reversal, entries)!.Code);
        Assert.Empty(entries);
    }

    [Fact]
    public void A_spend_from_before_a_flush_is_reversed_only_after_a_restore()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        Sequence spend = First(Spend(4));
        Sequence flush = First(Flush());
        Assert.Equal(new Refusal(RefusalCode.AccountFlushed), _book.Refuse(Reverse(spend)));
        _book.Do(Restore(flush));
        _book.Do(Reverse(spend));

        Assert.Equal(new Points(10), _book.State.Balance);
    }

    [Fact]
    public void A_spend_from_before_an_earlier_flush_stays_flushed_when_a_later_one_is_taken_back()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        Sequence old = First(Spend(4));
        _book.Do(Flush());
        _book.Do(Add(Dannon, 10, Day(1)));
        Sequence young = First(Spend(4));
        _book.Do(Restore(First(Flush())));

        Assert.Equal(new Refusal(RefusalCode.AccountFlushed), _book.Refuse(Reverse(old)));
        _book.Do(Reverse(young));
    }

    [Fact]
    public void A_reversal_that_would_take_the_account_beyond_64_bits_is_refused_until_there_is_room()
    {
        _book.Do(Add(Dannon, 10, Day(1)));
        Sequence spend = First(Spend(10));
        _book.Do(Add(Unilever, long.MaxValue - 9, Day(1)));

        Refusal expected = new(RefusalCode.PointsOverflow) { Available = new(long.MaxValue - 9), Requested = 10 };
        Assert.Equal(expected, _book.Refuse(Reverse(spend)));
        _book.Do(Spend(1));
        _book.Do(Reverse(spend));
        Assert.Equal(new Points(long.MaxValue), _book.State.Balance);
    }

    private Sequence First(Command command) => _book.Do(command)[0].Sequence;

    private IEnumerable<ReferenceAllocation> Spent(long points) => Answers.AllocationsOf(_book.Do(Spend(points)));

    /// <summary>The refusal of another account if a command presents these entries to it.</summary>
    private static Refusal Foreign(SubjectCommand command, IReadOnlyList<Entry> entries)
    {
        AccountState other = new(AccountId.FromTrusted("dave"));
        Command foreign = command with { Account = other.Account, SubjectEntries = entries };
        return Pointbook.Ledger.Rules.LedgerRules.Decide(other, foreign, new(new Sequence(99), Now, TimestampMax), [])!;
    }

    private Refusal? Decide(Command command, List<Entry> entries) =>
        Pointbook.Ledger.Rules.LedgerRules.Decide(_book.State, command, new(_book.Next, Now, TimestampMax), entries);
}
