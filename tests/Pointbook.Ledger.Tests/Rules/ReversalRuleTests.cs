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
    private readonly TestAccount _account = new();

    [Fact]
    public void A_reversal_names_its_spend_and_returns_each_draw_with_the_properties_of_its_lot()
    {
        Sequence dannon = First(Add(Dannon, 10, Day(1), Day(40)));
        Sequence unilever = First(Add(Unilever, 10, Day(2)));
        Sequence spend = First(Spend(12));
        IReadOnlyList<Entry> reversal = _account.Do(Reverse(spend) with { Origin = new Origin { Reason = "returned goods" } });

        Assert.Equal([EntryKind.Reversal, EntryKind.Return, EntryKind.Return], reversal.Select(entry => entry.Kind));
        Assert.Equal((spend, "returned goods", null), (reversal[0].Subject, reversal[0].Origin?.Reason, reversal[0].ExpiresAt));
        Assert.Equal(
            [(Dannon, 10, Day(1), dannon, Day(40)), (Unilever, 2, Day(2), unilever, (Instant?)null)],
            reversal.Skip(1).Select(entry => (entry.Payer!, (int)entry.Points.Value, entry.OccurredAt!.Value, entry.Lot!.Value, entry.ExpiresAt)));
        Assert.Empty(_account.Due);
    }

    [Fact]
    public void Emptied_lots_reopen_in_their_old_places_and_partly_drawn_ones_are_refilled()
    {
        _account.Do(Add(Dannon, 10, Day(2)));
        _account.Do(Add(Unilever, 10, Day(1)));
        _account.Do(Add(MillerCoors, 10, Day(3)));
        AccountSnapshot before = _account.State.ToSnapshot();
        Sequence spend = First(Spend(25));
        Assert.Equal(1, _account.State.LotCount);
        _account.Do(Reverse(spend));

        Snapshots.AssertSamePoints(before, _account.State.ToSnapshot());
        Assert.Equal([new(Unilever, -10), new(Dannon, -10), new(MillerCoors, -5)], Spent(25));
    }

    [Fact]
    public void Lots_that_later_spends_emptied_reopen_too()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        Sequence first = First(Spend(4));
        Sequence second = First(Spend(6));
        _account.Do(Reverse(first));
        Assert.Equal([new ReferenceLine(Dannon, 4)], ClientView.BalanceOf(_account.State));
        _account.Do(Reverse(second));

        Assert.Equal(new Points(10), Assert.Single(_account.State.OpenLots()).Remaining);
    }

    [Fact]
    public void Returned_points_come_after_older_credits_that_arrived_meanwhile()
    {
        _account.Do(Add(Dannon, 10, Day(5)));
        Sequence spend = First(Spend(10));
        _account.Do(Add(Unilever, 10, Day(1)));
        _account.Do(Add(MillerCoors, 10, Day(5)));
        _account.Do(Reverse(spend));

        Assert.Equal([new(Unilever, -10), new(Dannon, -10), new(MillerCoors, -1)], Spent(21));
    }

    [Fact]
    public void A_settlement_stays_when_its_spend_is_reversed()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Dannon, -4, Day(1)));
        Sequence spend = First(Spend(3));
        _account.Do(Reverse(spend));

        PayerLine line = Assert.Single(_account.State.Payers);
        Assert.Equal((new Points(6), Points.Zero), (line.Balance, line.Outstanding));
        Assert.Equal(new Points(6), Assert.Single(_account.State.OpenLots()).Remaining);
    }

    [Fact]
    public void Returned_points_pay_deductions_that_came_after_the_spend()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Dannon, 10, Day(2)));
        Sequence spend = First(Spend(10));
        _account.Do(Add(Dannon, -7, Day(3)));
        _account.Do(Reverse(spend));

        Assert.Equal(
            [(EntryKind.Settlement, -7), (EntryKind.Draw, -3), (EntryKind.Draw, -1)],
            _account.Do(Spend(4)).Skip(1).Select(entry => (entry.Kind, (int)entry.LotPoints.Value)));
    }

    [Fact]
    public void Points_that_expired_meanwhile_are_returned_and_expire_at_once()
    {
        Sequence lot = First(Add(Dannon, 10, Day(1), Day(12)));
        _account.Do(Add(Unilever, 10, Day(2)));
        Sequence spend = First(Spend(15));
        _account.WaitUntil(Day(12));
        IReadOnlyList<Entry> returned = _account.Do(Reverse(spend));

        Assert.Equal([10, 5], returned.Skip(1).Select(entry => (int)entry.Points.Value));
        Entry expiry = Assert.Single(_account.Due);
        Assert.Equal((EntryKind.Expiry, lot, new Points(-10), Day(12)), (expiry.Kind, expiry.Lot!.Value, expiry.Points, expiry.ExpiresAt!.Value));
        Assert.Equal([new(Dannon, 0), new(Unilever, 10)], ClientView.BalanceOf(_account.State));
    }

    [Fact]
    public void Returned_expired_points_pay_deductions_before_they_expire()
    {
        _account.Do(Add(Dannon, 10, Day(1), Day(12)));
        _account.Do(Add(Dannon, 20, Day(2)));
        Sequence spend = First(Spend(10));
        _account.Do(Add(Dannon, -4, Day(3)));
        _account.WaitUntil(Day(13));
        _account.Do(Reverse(spend));

        Assert.Equal([(EntryKind.Settlement, -4), (EntryKind.Expiry, -6)], _account.Due.Select(entry => (entry.Kind, (int)entry.LotPoints.Value)));
        Assert.Equal([new ReferenceLine(Dannon, 20)], ClientView.BalanceOf(_account.State));
        Assert.False(_account.State.HasOutstanding);
    }

    [Fact]
    public void A_spend_can_be_reversed_only_once()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        Sequence spend = First(Spend(4));
        _account.Do(Reverse(spend));

        Assert.Equal(new Refusal(RefusalCode.AlreadyReversed), _account.Refuse(Reverse(spend)));
        Assert.Equal(new Points(10), _account.State.Balance);
    }

    [Fact]
    public void Only_a_spend_of_this_account_can_be_reversed_or_captured()
    {
        Sequence credit = First(Add(Dannon, 10, Day(1)));
        IReadOnlyList<Entry> spend = _account.Do(Spend(4));
        Sequence reversal = First(Reverse(spend[0].Sequence));
        Sequence flush = First(Flush());
        Sequence[] others = [Sequence.Zero, credit, spend[1].Sequence, reversal, flush, _account.Next];

        Assert.All(others, subject => Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _account.Refuse(Reverse(subject))));
        Assert.All(others, subject => Assert.Equal(new Refusal(RefusalCode.OperationNotFound), _account.Refuse(Capture(subject))));
        Assert.Equal(RefusalCode.OperationNotFound, RefusalFor(Reverse(spend[0].Sequence), spend).Code);
        Assert.Equal(RefusalCode.OperationNotFound, RefusalFor(Capture(spend[0].Sequence), spend).Code);
    }

    [Fact]
    public void The_middle_of_a_spend_is_not_a_spend_even_if_its_entries_are_given()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        IReadOnlyList<Entry> spend = _account.Do(Spend(4));
        List<Entry> entries = [];
        Command reversal = Reverse(spend[1].Sequence) with { SubjectEntries = spend };

        Assert.Equal(RefusalCode.OperationNotFound, Decide(reversal, entries)!.Code);
        Assert.Empty(entries);
    }

    [Fact]
    public void A_spend_from_before_a_flush_is_reversed_only_after_a_restore()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        Sequence spend = First(Spend(4));
        Sequence flush = First(Flush());
        Assert.Equal(new Refusal(RefusalCode.AccountFlushed), _account.Refuse(Reverse(spend)));
        _account.Do(Restore(flush));
        _account.Do(Reverse(spend));

        Assert.Equal(new Points(10), _account.State.Balance);
    }

    [Fact]
    public void A_spend_from_before_an_earlier_flush_stays_flushed_when_a_later_flush_is_restored()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        Sequence old = First(Spend(4));
        _account.Do(Flush());
        _account.Do(Add(Dannon, 10, Day(1)));
        Sequence young = First(Spend(4));
        _account.Do(Restore(First(Flush())));

        Assert.Equal(new Refusal(RefusalCode.AccountFlushed), _account.Refuse(Reverse(old)));
        _account.Do(Reverse(young));
    }

    [Fact]
    public void A_reversal_that_would_take_the_account_beyond_64_bits_is_refused_until_there_is_room()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        Sequence spend = First(Spend(10));
        _account.Do(Add(Unilever, long.MaxValue - 9, Day(1)));

        Refusal expected = new(RefusalCode.PointsOverflow) { Available = new(long.MaxValue - 9), Requested = 10 };
        Assert.Equal(expected, _account.Refuse(Reverse(spend)));
        _account.Do(Spend(1));
        _account.Do(Reverse(spend));
        Assert.Equal(new Points(long.MaxValue), _account.State.Balance);
    }

    private Sequence First(Command command) => _account.Do(command)[0].Sequence;

    private IEnumerable<ReferenceAllocation> Spent(long points) => ClientView.AllocationsOf(_account.Do(Spend(points)));

    /// <summary>The refusal of another account if a command presents these entries to it.</summary>
    private static Refusal RefusalFor(SubjectCommand command, IReadOnlyList<Entry> entries)
    {
        AccountState other = new(AccountId.FromTrusted("dave"));
        Command foreign = command with { Account = other.Account, SubjectEntries = entries };
        return Pointbook.Ledger.Rules.LedgerRules.Decide(other, foreign, new(new Sequence(99), Now, TimestampMax), [])!;
    }

    private Refusal? Decide(Command command, List<Entry> entries) =>
        Pointbook.Ledger.Rules.LedgerRules.Decide(_account.State, command, new(_account.Next, Now, TimestampMax), entries);
}
