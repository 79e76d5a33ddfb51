using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Rules;

/// <summary>Every refusal with all its numbers, and which refusal the ledger gives if several apply.</summary>
public sealed class RefusalTests
{
    private static readonly Instant TooLate = TimestampMax.PlusClamped(TimeSpan.FromMicroseconds(1));
    private readonly TestAccount _account = new();

    [Fact]
    public void A_transaction_of_zero_points_is_refused() =>
        Assert.Equal(new Refusal(RefusalCode.ZeroPoints), _account.Refuse(Add(Dannon, 0, Day(1))));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void A_spend_of_zero_or_less_is_refused(long points)
    {
        _account.Do(Add(Dannon, 10, Day(1)));

        Assert.Equal(new Refusal(RefusalCode.PointsNotPositive), _account.Refuse(Spend(points)));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-10)]
    public void A_timestamp_beyond_the_latest_one_is_refused_and_the_latest_one_is_reported(long points)
    {
        _account.Do(Add(Dannon, 10, Day(1)));

        Refusal expected = new(RefusalCode.TimestampInFuture) { TimestampMax = TimestampMax };
        Assert.Equal(expected, _account.Refuse(Add(Dannon, points, TooLate)));
        Assert.Equal(expected, _account.Refuse(Add(Dannon, points, Instant.MaxValue)));
    }

    [Theory]
    [InlineData(-11, 11)]
    [InlineData(-20, 20)]
    [InlineData(-long.MaxValue, long.MaxValue)]
    [InlineData(long.MinValue, 9_223_372_036_854_775_808)]
    public void A_deduction_of_more_than_its_payer_has_is_refused_even_if_other_payers_have_enough(long points, ulong requested)
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Unilever, 1000, Day(1)));

        Refusal expected = new(RefusalCode.InsufficientPayerPoints) { Available = new(10), Requested = requested, Payer = Dannon };
        Assert.Equal(expected, _account.Refuse(Add(Dannon, points, Day(2))));
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(long.MinValue, 9_223_372_036_854_775_808)]
    public void A_deduction_from_an_unknown_payer_is_refused_with_nothing_available(long points, ulong requested)
    {
        _account.Do(Add(Unilever, 1000, Day(1)));

        Refusal expected = new(RefusalCode.InsufficientPayerPoints) { Available = Points.Zero, Requested = requested, Payer = Dannon };
        Assert.Equal(expected, _account.Refuse(Add(Dannon, points, Day(2))));
    }

    [Fact]
    public void Deducted_or_spent_points_are_not_available_for_another_deduction()
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Dannon, -3, Day(2)));
        _account.Do(Spend(5));

        Refusal expected = new(RefusalCode.InsufficientPayerPoints) { Available = new(2), Requested = 3, Payer = Dannon };
        Assert.Equal(expected, _account.Refuse(Add(Dannon, -3, Day(2))));
        _account.Do(Add(Dannon, -2, Day(2)));
    }

    [Theory]
    [InlineData(18, 18)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void An_overspend_is_refused_with_the_available_points(long points, ulong requested)
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Unilever, 10, Day(1)));
        _account.Do(Add(Unilever, -3, Day(1)));

        Refusal expected = new(RefusalCode.InsufficientPoints) { Available = new(17), Requested = requested };
        Assert.Equal(expected, _account.Refuse(Spend(points)));
        _account.Do(Spend(17));
    }

    [Fact]
    public void An_empty_account_has_nothing_to_spend() =>
        Assert.Equal(new Refusal(RefusalCode.InsufficientPoints) { Available = Points.Zero, Requested = 1 }, _account.Refuse(Spend(1)));

    [Fact]
    public void A_credit_that_takes_the_account_beyond_64_bits_is_refused_even_across_payers()
    {
        _account.Do(Add(Dannon, long.MaxValue - 5, Day(1)));

        Refusal expected = new(RefusalCode.PointsOverflow) { Available = new(long.MaxValue - 5), Requested = 6, Payer = Unilever };
        Assert.Equal(expected, _account.Refuse(Add(Unilever, 6, Day(1))));
        Assert.Equal(expected with { Payer = Dannon }, _account.Refuse(Add(Dannon, 6, Day(1))));
        _account.Do(Add(Unilever, 5, Day(1)));
    }

    [Fact]
    public void A_deduction_that_takes_unpaid_deductions_beyond_64_bits_is_refused_until_a_spend_settles_some()
    {
        _account.Do(Add(Dannon, long.MaxValue, Day(1)));
        _account.Do(Add(Dannon, -(long.MaxValue - 1), Day(1)));
        _account.Do(Add(Dannon, 9, Day(1)));
        _account.Do(Add(Dannon, -1, Day(1)));

        Refusal expected = new(RefusalCode.PointsOverflow) { Available = new(9), Requested = 1, Payer = Dannon };
        Assert.Equal(expected, _account.Refuse(Add(Dannon, -1, Day(1))));
        _account.Do(Spend(1));
        _account.Do(Add(Dannon, -1, Day(1)));
    }

    [Fact]
    public void If_several_refusals_apply_the_first_in_order_is_given()
    {
        Assert.Equal(RefusalCode.ZeroPoints, _account.Refuse(Add(Dannon, 0, TooLate)).Code);
        Assert.Equal(RefusalCode.TimestampInFuture, _account.Refuse(Add(Dannon, -1, TooLate)).Code);

        _account.Do(Add(Dannon, long.MaxValue, Day(1)));
        Assert.Equal(RefusalCode.TimestampInFuture, _account.Refuse(Add(Dannon, 1, TooLate)).Code);

        _account.Do(Add(Dannon, -long.MaxValue, Day(1)));
        _account.Do(Add(Dannon, 1, Day(1)));
        Assert.Equal(RefusalCode.InsufficientPayerPoints, _account.Refuse(Add(Dannon, -2, Day(1))).Code);
    }

    [Fact]
    public void A_command_without_a_rule_is_a_bug_not_a_refusal()
    {
        List<Entry> entries = [];
        DecisionContext context = new(new Sequence(1), Now, TimestampMax);

        Assert.Throws<ArgumentException>(() => LedgerRules.Decide(_account.State, new UnknownCommand(Account), context, entries));
    }

    private sealed record UnknownCommand(AccountId Account) : Command(Account);
}
