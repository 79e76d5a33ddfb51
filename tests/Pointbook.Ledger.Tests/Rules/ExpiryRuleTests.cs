using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using Pointbook.Reference;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Rules;

/// <summary>Rule 7: which lots expire, when and in which order, and which deductions an expiring lot pays first.</summary>
public sealed class ExpiryRuleTests
{
    private readonly TestAccount _account = new();

    [Fact]
    public void A_lot_expires_exactly_at_its_expiry()
    {
        Sequence lot = First(Add(Dannon, 10, Day(1), Day(12)));
        _account.WaitUntil(MicrosecondBefore(Day(12)));
        _account.Do(Sweep());
        Assert.Empty(_account.Due);
        _account.WaitUntil(Day(12));
        _account.Do(Sweep());

        Entry expiry = Assert.Single(_account.Due);
        Assert.Equal((EntryKind.Expiry, lot, Dannon, Day(1)), (expiry.Kind, expiry.Lot!.Value, expiry.Payer!, expiry.OccurredAt!.Value));
        Assert.Equal((new Points(-10), Day(12), true), (expiry.Points, expiry.ExpiresAt!.Value, expiry.IsFirst));
        Assert.Equal([new ReferenceLine(Dannon, 0)], ClientView.BalanceOf(_account.State));
        Assert.Equal(0, _account.State.LotCount);
    }

    [Fact]
    public void Points_that_were_spent_do_not_expire()
    {
        _account.Do(Add(Dannon, 10, Day(1), Day(12)));
        _account.Do(Spend(7));
        _account.WaitUntil(Day(12));
        _account.Do(Sweep());

        Assert.Equal(new Points(-3), Assert.Single(_account.Due).Points);
    }

    [Theory]
    [InlineData(4, "S-4 E-6", 0)]
    [InlineData(10, "S-10", 0)]
    [InlineData(13, "S-10", 3)]
    public void An_expiring_lot_first_pays_the_deductions_of_its_payer(int deduction, string written, int owed)
    {
        _account.Do(Add(Dannon, 10, Day(2), Day(12)));
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Add(Unilever, 10, Day(1)));
        _account.Do(Add(Dannon, -deduction, Day(3)));
        _account.WaitUntil(Day(12));
        _account.Do(Sweep());

        Assert.Equal(written, string.Join(' ', _account.Due.Select(entry => $"{entry.Kind.ToString()[0]}{entry.LotPoints}")));
        Assert.All(_account.Due, entry => Assert.Equal((_account.Due[0].Sequence, Day(12), Dannon), (entry.Operation, entry.ExpiresAt!.Value, entry.Payer!)));
        Assert.Equal(EntryKind.Expiry, OperationKind.Of(_account.Due[0]));
        Assert.Equal([new(Dannon, 10 - owed), new(Unilever, 10)], ClientView.BalanceOf(_account.State));
        Assert.Equal(new Points(owed), _account.State.Payers.First().Outstanding);
    }

    [Fact]
    public void Lots_expire_in_order_of_expiry_and_then_in_spending_order()
    {
        Sequence last = First(Add(Dannon, 1, Day(1), Day(13)));
        Sequence second = First(Add(Unilever, 2, Day(3), Day(12)));
        Sequence first = First(Add(MillerCoors, 3, Day(2), Day(12)));
        Sequence third = First(Add(Dannon, 4, Day(3), Day(12)));
        _account.WaitUntil(Day(20));
        _account.Do(Sweep());

        Assert.Equal([first, second, third, last], _account.Due.Select(entry => entry.Lot!.Value));
    }

    [Fact]
    public void A_hold_that_ends_when_its_lot_expires_ends_first()
    {
        _account.Do(Add(Dannon, 10, Day(1), Day(12)));
        _account.Do(Hold(4, days: 2));
        _account.WaitUntil(Day(12));
        _account.Do(Sweep());

        Assert.Equal(
            [(EntryKind.Reversal, 0), (EntryKind.Return, 4), (EntryKind.Expiry, -10)],
            _account.Due.Select(entry => (entry.Kind, (int)entry.Points.Value)));
    }

    [Fact]
    public void A_lot_that_is_returned_after_its_expiry_expires_before_anything_later_happens()
    {
        Sequence early = First(Add(Dannon, 10, Day(1), Day(11)));
        Sequence late = First(Add(Unilever, 10, Day(2), Day(14)));
        Sequence first = First(Hold(4, days: 2));
        Sequence second = First(Hold(4, days: 3));
        _account.WaitUntil(Day(20));
        _account.Do(Sweep());

        Assert.Equal(
            [("Expiry", early, -2), ("Reversal", first, 0), ("Return", early, 4), ("Expiry", early, -4),
                ("Reversal", second, 0), ("Return", early, 4), ("Expiry", early, -4), ("Expiry", late, -10)],
            _account.Due.Select(entry => (entry.Kind.ToString(), (entry.Lot ?? entry.Subject)!.Value, (int)entry.Points.Value)));
    }

    [Fact]
    public void Nothing_is_written_while_nothing_is_due()
    {
        Assert.Empty(_account.Do(Sweep()));
        _account.Do(Add(Dannon, 10, Day(1), Day(12)));
        _account.Do(Add(Dannon, 10, Day(1)));
        _account.Do(Hold(3, days: 5));
        int written = _account.Journal.Count;
        _account.WaitUntil(MicrosecondBefore(Day(12)));

        Assert.Empty(_account.Do(Sweep()));
        Assert.Equal(written, _account.Journal.Count);
    }

    [Fact]
    public void A_credit_that_has_already_expired_is_accepted_and_expires_at_once()
    {
        Entry credit = Assert.Single(_account.Do(Add(Dannon, 10, Day(1), Day(10))));

        Assert.Equal((EntryKind.Expiry, credit.Sequence), (Assert.Single(_account.Due).Kind, _account.Due[0].Lot!.Value));
        Assert.Equal([new ReferenceLine(Dannon, 0)], ClientView.BalanceOf(_account.State));
    }

    [Fact]
    public void A_credit_that_has_already_expired_pays_deductions()
    {
        _account.Do(Add(Dannon, 10, Day(5)));
        _account.Do(Add(Dannon, -4, Day(5)));
        _account.Do(Add(Dannon, 10, Day(1), Day(10)));

        Assert.Equal([new ReferenceLine(Dannon, 10)], ClientView.BalanceOf(_account.State));
        Assert.False(_account.State.HasOutstanding);
    }

    [Fact]
    public void A_refused_command_still_expires_due_lots()
    {
        _account.Do(Add(Dannon, 10, Day(1), Day(12)));
        _account.WaitUntil(Day(12));

        Assert.Equal(new Refusal(RefusalCode.InsufficientPoints) { Available = Points.Zero, Requested = 1 }, _account.Refuse(Spend(1)));
        Assert.Equal(EntryKind.Expiry, Assert.Single(_account.Due).Kind);
    }

    [Fact]
    public void An_expired_point_can_be_neither_spent_nor_deducted()
    {
        _account.Do(Add(Dannon, 10, Day(1), Day(12)));
        _account.Do(Add(Dannon, 5, Day(2)));
        _account.WaitUntil(Day(12));

        Assert.Equal(new Points(5), _account.Refuse(Add(Dannon, -6, Day(2))).Available);
        Assert.Equal(new Points(5), _account.Refuse(Spend(6)).Available);
    }

    [Theory]
    [InlineData(10, 0)]
    [InlineData(10, -1)]
    [InlineData(-1, 1)]
    [InlineData(-1, -1)]
    public void An_expiry_that_is_not_later_than_the_timestamp_or_on_a_deduction_is_refused(long points, int microsecondsLater)
    {
        _account.Do(Add(Dannon, 10, Day(1)));
        Instant expiresAt = Day(2).PlusClamped(TimeSpan.FromMicroseconds(microsecondsLater));

        Assert.Equal(new Refusal(RefusalCode.InvalidExpiry), _account.Refuse(Add(Dannon, points, Day(2), expiresAt)));
    }

    [Fact]
    public void An_expiry_may_be_one_microsecond_later_or_at_the_end_of_all_instants()
    {
        Assert.Single(_account.Do(Add(Dannon, 10, Day(12), Day(12).PlusClamped(TimeSpan.FromMicroseconds(1)))));
        Assert.Single(_account.Do(Add(Dannon, 10, Day(12), Instant.MaxValue)));
        Assert.Empty(_account.Due);
    }

    [Fact]
    public void An_invalid_expiry_is_reported_after_zero_points_and_before_a_future_timestamp()
    {
        Instant tooLate = TimestampMax.PlusClamped(TimeSpan.FromDays(1));

        Assert.Equal(RefusalCode.ZeroPoints, _account.Refuse(Add(Dannon, 0, Day(2), Day(1))).Code);
        Assert.Equal(RefusalCode.InvalidExpiry, _account.Refuse(Add(Dannon, 1, tooLate, tooLate)).Code);
        Assert.Equal(RefusalCode.InvalidExpiry, _account.Refuse(Add(Dannon, -1, Day(1), Day(2))).Code);
    }

    [Fact]
    public void The_policy_sets_the_expiry_only_of_credits_that_have_none()
    {
        _account.ExpiryAfter = new CalendarPeriod(1, TimeSpan.FromDays(1));
        Entry credit = Assert.Single(_account.Do(Add(Dannon, 10, At("2020-01-31T12:00Z"))));
        Entry named = Assert.Single(_account.Do(Add(Dannon, 10, Day(1), Day(20))));
        Entry deduction = Assert.Single(_account.Do(Add(Dannon, -1, Day(1))));

        Assert.Equal((At("2020-03-01T12:00Z"), Day(20), null), (credit.ExpiresAt, named.ExpiresAt, deduction.ExpiresAt));
    }

    [Fact]
    public void An_expiry_never_changes_once_it_is_written()
    {
        _account.ExpiryAfter = new CalendarPeriod(0, TimeSpan.FromDays(20));
        _account.Do(Add(Dannon, 10, Day(1)));
        Sequence spend = First(Spend(10));
        _account.ExpiryAfter = null;
        _account.Do(Reverse(spend));

        Assert.Equal(Day(21), Assert.Single(_account.State.OpenLots()).ExpiresAt);
    }

    [Fact]
    public void A_payer_whose_points_have_all_expired_keeps_its_line()
    {
        _account.Do(Add(Dannon, 10, Day(1), Day(12)));
        _account.Do(Add(Unilever, 10, Day(1)));
        _account.WaitUntil(Day(12));
        _account.Do(Sweep());

        Assert.Equal([new(Dannon, 0), new(Unilever, 10)], ClientView.BalanceOf(_account.State));
    }

    [Fact]
    public void The_expiry_of_a_lot_of_all_that_64_bits_hold_makes_room()
    {
        _account.Do(Add(Dannon, long.MaxValue, Day(1), Day(12)));
        _account.Refuse(Add(Unilever, 1, Day(1)));
        _account.WaitUntil(Day(12));

        Assert.Single(_account.Do(Add(Unilever, long.MaxValue, Day(1))));
    }

    [Fact]
    public void A_sweep_writes_only_due_events()
    {
        _account.Do(Add(Dannon, 10, Day(1), Day(12)));
        AccountState state = _account.State.Copy();
        List<Entry> entries = [];
        LedgerRules.ApplyDue(state, MicrosecondBefore(Day(12)), _account.Next, entries);
        Assert.Empty(entries);
        LedgerRules.ApplyDue(state, Day(12), _account.Next, entries);
        LedgerRules.ApplyDue(state, Day(13), _account.Next.Next, entries);

        Assert.Single(entries);
        Assert.Equal(new Points(10), _account.State.Balance);
    }

    private Sequence First(Command command) => _account.Do(command)[0].Sequence;
}
