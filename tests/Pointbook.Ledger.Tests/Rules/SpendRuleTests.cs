using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using Pointbook.Reference;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Rules;

/// <summary>Rules 3 to 5: a spend takes the oldest points first, settles deductions as it goes, and does not change the past.</summary>
public sealed class SpendRuleTests
{
    private readonly TestAccount _account = new();

    [Fact]
    public void Spending_takes_the_oldest_points_first()
    {
        _account.Do(Add(Dannon, 10, Day(3)));
        _account.Do(Add(Unilever, 10, Day(1)));
        _account.Do(Add(MillerCoors, 10, Day(2)));

        Assert.Equal([new(Unilever, -10), new(MillerCoors, -5)], Spent(15));
        AssertBalance(new(Dannon, 10), new(Unilever, 0), new(MillerCoors, 5));
    }

    [Fact]
    public void Points_with_the_same_timestamp_are_spent_in_order_of_arrival()
    {
        _account.Do(Add(Unilever, 10, Day(1)));
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Unilever, 10, Day(1)));

        Assert.Equal([(1, -10), (2, -10), (3, -5)], Draws(_account.Do(Spend(25))));
    }

    [Fact]
    public void A_microsecond_decides_which_points_are_older()
    {
        _account.Do(Add(Dannon, 10, Day(1).PlusClamped(TimeSpan.FromMicroseconds(1))));
        _account.Do(Add(Unilever, 10, Day(1)));

        Assert.Equal([new(Unilever, -10)], Spent(10));
    }

    [Fact]
    public void A_payer_with_several_lots_has_one_line_in_order_of_its_first_draw()
    {
        _account.Do(Add(Dannon, 10, Day(2)));
        _account.Do(Add(Unilever, 10, Day(1)));
        _account.Do(Add(Unilever, 10, Day(3)));

        Assert.Equal([new(Unilever, -20), new(Dannon, -10)], Spent(30));
    }

    [Fact]
    public void A_spend_can_stop_inside_a_lot_and_the_next_one_continues_there()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Unilever, 10, Day(2)));

        Assert.Equal([(1, -4)], Draws(_account.Do(Spend(4))));
        Assert.Equal([(1, -6), (2, -1)], Draws(_account.Do(Spend(7))));
    }

    [Fact]
    public void Spending_everything_leaves_every_line_at_zero_and_no_lot()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Unilever, 10, Day(2)));
        _account.Do(Spend(20));

        AssertBalance(new(Dannon, 0), new(Unilever, 0));
        Assert.Equal(0, _account.State.LotCount);
    }

    [Fact]
    public void A_late_older_credit_rewrites_no_spend_and_becomes_the_oldest_lot()
    {
        _account.Do(Add(Dannon, 10, Day(5)));
        _account.Do(Spend(6));
        _account.Do(Add(Unilever, 10, Day(1)));

        AssertBalance(new(Dannon, 4), new(Unilever, 10));
        Assert.Equal([new(Unilever, -10), new(Dannon, -1)], Spent(11));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_deduction_is_paid_by_the_oldest_lot_of_its_payer_whatever_its_own_timestamp(int dayOfDeduction)
    {
        _account.Do(Add(Dannon, 10, Day(2)));
        _account.Do(Add(Unilever, 10, Day(3)));
        _account.Do(Add(Dannon, 10, Day(4)));
        _account.Do(Add(Dannon, -3, Day(dayOfDeduction)));

        Entry[] entries = [.. _account.Do(Spend(17)).Skip(1)];
        Assert.Equal([EntryKind.Settlement, EntryKind.Draw, EntryKind.Draw], entries.Select(entry => entry.Kind));
        Assert.Equal([0, -7, -10], entries.Select(entry => entry.Points.Value));
        Assert.Equal([-3, -7, -10], entries.Select(entry => entry.LotPoints.Value));
        AssertBalance(new(Dannon, 10), new(Unilever, 0));
    }

    [Fact]
    public void Deductions_larger_than_a_lot_take_all_of_it_and_continue_with_the_next_lot_of_the_payer()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Unilever, 5, Day(2)));
        _account.Do(Add(Dannon, 10, Day(3)));
        _account.Do(Add(Dannon, -8, Day(4)));
        _account.Do(Add(Dannon, -4, Day(4)));

        Entry[] entries = [.. _account.Do(Spend(6)).Skip(1)];
        Assert.Equal(
            [(EntryKind.Settlement, 1, -10), (EntryKind.Draw, 2, -5), (EntryKind.Settlement, 3, -2), (EntryKind.Draw, 3, -1)],
            entries.Select(entry => (entry.Kind, Arrival(entry), (int)entry.LotPoints.Value)));
        AssertBalance(new(Dannon, 7), new(Unilever, 0));
    }

    [Fact]
    public void Deductions_that_a_spend_does_not_reach_stay_unpaid()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Unilever, 10, Day(2)));
        _account.Do(Add(Unilever, -4, Day(2)));
        Assert.DoesNotContain(_account.Do(Spend(10)), entry => entry.Kind == EntryKind.Settlement);

        Assert.True(_account.State.TryGetPayer(Unilever, out PayerLine? line));
        Assert.Equal((new Points(6), new Points(4)), (line.Balance, line.Outstanding));
    }

    [Fact]
    public void A_spend_writes_its_header_first_and_every_draw_names_its_lot()
    {
        Entry credit = _account.Do(Add(Dannon, 10, Day(1)))[0];
        IReadOnlyList<Entry> entries = _account.Do(Spend(4));

        Assert.Equal([EntryKind.Spend, EntryKind.Draw], entries.Select(entry => entry.Kind));
        Assert.Equal((Dannon, Day(1), credit.Sequence), (entries[1].Payer, entries[1].OccurredAt, entries[1].Lot));
    }

    private IEnumerable<ReferenceAllocation> Spent(long points) => ClientView.AllocationsOf(_account.Do(Spend(points)));

    private IEnumerable<(int Arrival, int Points)> Draws(IReadOnlyList<Entry> entries) =>
        entries.Where(entry => entry.Kind == EntryKind.Draw).Select(entry => (Arrival(entry), (int)entry.Points.Value));

    private int Arrival(Entry entry) => _account.Arrivals.ToList().IndexOf(entry.Lot!.Value) + 1;

    private void AssertBalance(params ReferenceLine[] lines) => Assert.Equal(lines, ClientView.BalanceOf(_account.State));
}
