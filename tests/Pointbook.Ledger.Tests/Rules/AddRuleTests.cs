using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using Pointbook.Reference;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Rules;

/// <summary>Rules 1, 2 and 8: what an accepted transaction does.</summary>
public sealed class AddRuleTests
{
    private readonly TestAccount _account = new();

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(long.MaxValue)]
    public void A_credit_opens_a_lot_of_its_points(long points)
    {
        Entry entry = Assert.Single(_account.Do(Add(Dannon, points, Day(7))));

        Assert.Equal(EntryKind.Credit, entry.Kind);
        Assert.Equal((Dannon, Day(7), new Points(points)), (entry.Payer, entry.OccurredAt, entry.Points));
        Lot lot = Assert.Single(_account.State.OpenLots());
        Assert.Equal((new LotKey(Day(7), entry.Sequence), new Points(points)), (lot.Key, lot.Remaining));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(-9)]
    [InlineData(-10)]
    public void A_deduction_lowers_the_balance_of_its_payer_and_changes_no_lot(long points)
    {
        _account.Do(Add(Dannon, 10, Day(7)));
        Entry entry = Assert.Single(_account.Do(Add(Dannon, points, Day(1))));

        Assert.Equal(EntryKind.Deduction, entry.Kind);
        Assert.Equal((Dannon, Day(1), new Points(points)), (entry.Payer, entry.OccurredAt, entry.Points));
        Assert.Equal(new Points(10), Assert.Single(_account.State.OpenLots()).Remaining);
        PayerLine line = Assert.Single(_account.State.Payers);
        Assert.Equal((new Points(10 + points), new Points(-points)), (line.Balance, line.Outstanding));
    }

    [Fact]
    public void A_payer_can_deduct_all_that_64_bits_hold()
    {
        _account.Do(Add(Dannon, long.MaxValue, Day(1)));
        _account.Do(Add(Dannon, -long.MaxValue, Day(1)));

        Assert.Equal([new ReferenceLine(Dannon, 0)], ClientView.BalanceOf(_account.State));
    }

    [Fact]
    public void Two_equal_transactions_both_count()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Dannon, 10, Day(1)));

        Assert.Equal(2, _account.State.LotCount);
        Assert.Equal([new ReferenceLine(Dannon, 20)], ClientView.BalanceOf(_account.State));
    }

    [Fact]
    public void Payers_are_listed_in_order_of_first_appearance_whatever_their_timestamps()
    {
        _account.Do(Add(Unilever, 10, Day(3)));
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Unilever, 10, Day(2)));

        Assert.Equal([new(Unilever, 20), new(Dannon, 10)], ClientView.BalanceOf(_account.State));
    }

    [Fact]
    public void A_refused_transaction_adds_no_line_for_its_payer()
    {
        _account.Refuse(Add(Dannon, -1, Day(1)));
        _account.Refuse(Add(Dannon, 0, Day(1)));

        Assert.Empty(_account.State.Payers);
    }

    [Fact]
    public void A_timestamp_is_accepted_up_to_the_latest_allowed_one() => _account.Do(Add(Dannon, 10, TimestampMax));

    [Fact]
    public void A_timestamp_is_accepted_from_the_earliest_instant_on() => _account.Do(Add(Dannon, 10, Instant.MinValue));

    [Fact]
    public void The_first_entry_of_each_operation_records_its_origin()
    {
        Origin origin = new() { Key = IdempotencyKey.FromTrusted("k"), Reference = "order 7", Reason = "thanks", Actor = "shop" };
        Command[] commands = [Add(Dannon, 10, Day(1)), Add(Dannon, 5, Day(2)), Add(Dannon, -2, Day(1)), Spend(9), Flush()];

        Assert.All(commands, command => Assert.Same(origin, _account.Do(command with { Origin = origin })[0].Origin));
    }
}
