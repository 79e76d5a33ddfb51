using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using Pointbook.Reference;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Rules;

/// <summary>Pending spends: how they end, and which refusal a client gets that is too late.</summary>
public sealed class HoldTests
{
    private readonly TestAccount _account = new();

    public HoldTests() => _account.Do(Add(Dannon, 10, Day(1)));

    [Fact]
    public void A_pending_spend_draws_like_any_other_and_holds_the_points()
    {
        IReadOnlyList<Entry> entries = _account.Do(Hold(4, days: 2));

        Assert.Equal([EntryKind.Spend, EntryKind.Draw], entries.Select(entry => entry.Kind));
        Assert.Equal(Day(12), entries[0].ExpiresAt);
        Assert.Equal((new Points(6), new Points(4)), (_account.State.Balance, _account.State.Held));
        Assert.Equal(Day(12), _account.State.FindHold(entries[0].Sequence)?.EndsAt);
        Assert.Equal(new Refusal(RefusalCode.InsufficientPoints) { Available = new(6), Requested = 7 }, _account.Refuse(Spend(7)));
    }

    [Fact]
    public void A_refused_spend_holds_nothing()
    {
        _account.Refuse(Hold(11, days: 2));
        _account.Refuse(Hold(0, days: 2));

        Assert.Equal((new Points(10), Points.Zero), (_account.State.Balance, _account.State.Held));
    }

    [Fact]
    public void A_deduction_cannot_take_held_points()
    {
        _account.Do(Hold(4, days: 2));

        Refusal expected = new(RefusalCode.InsufficientPayerPoints) { Available = new(6), Requested = 7, Payer = Dannon };
        Assert.Equal(expected, _account.Refuse(Add(Dannon, -7, Day(2))));
    }

    [Fact]
    public void A_capture_is_one_entry_that_changes_no_balance_and_ends_the_hold()
    {
        Sequence spend = First(Hold(4, days: 2));
        Entry capture = Assert.Single(_account.Do(Capture(spend) with { Origin = new Origin { Reference = "shipped" } }));

        Assert.Equal((EntryKind.Capture, spend, "shipped", null), (capture.Kind, capture.Subject, capture.Origin?.Reference, capture.Payer));
        Assert.Equal((new Points(6), Points.Zero), (_account.State.Balance, _account.State.Held));
        _account.WaitUntil(Day(30));
        Assert.Empty(_account.Do(Sweep()));
        Assert.Empty(_account.Due);
    }

    [Fact]
    public void A_hold_ends_exactly_at_its_end()
    {
        Sequence spend = First(Hold(4, days: 2));
        _account.WaitUntil(MicrosecondBefore(Day(12)));
        _account.Do(Sweep());
        Assert.Empty(_account.Due);
        _account.WaitUntil(Day(12));
        _account.Do(Sweep());

        Assert.Equal([EntryKind.Reversal, EntryKind.Return], _account.Due.Select(entry => entry.Kind));
        Assert.Equal((spend, Day(12), null), (_account.Due[0].Subject, _account.Due[0].ExpiresAt, _account.Due[0].Origin));
        Assert.Equal((new Points(10), Points.Zero), (_account.State.Balance, _account.State.Held));
    }

    [Fact]
    public void A_spend_can_be_captured_until_the_instant_before_its_hold_ends()
    {
        Sequence spend = First(Hold(4, days: 2));
        _account.WaitUntil(MicrosecondBefore(Day(12)));

        Assert.Single(_account.Do(Capture(spend)));
        Assert.Empty(_account.Due);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(20)]
    public void Capturing_or_reversing_a_spend_after_its_hold_ended_reports_that_it_was_reversed(int day)
    {
        Sequence spend = First(Hold(4, days: 2));
        _account.WaitUntil(Day(day));

        Assert.Equal(new Refusal(RefusalCode.AlreadyReversed), _account.Refuse(Capture(spend)));
        Assert.Equal(2, _account.Due.Count);
        Assert.Equal(new Refusal(RefusalCode.AlreadyReversed), _account.Refuse(Reverse(spend)));
        Assert.Empty(_account.Due);
    }

    [Theory]
    [InlineData("", RefusalCode.NotPending, null)]
    [InlineData("H", null, null)]
    [InlineData("HC", RefusalCode.AlreadyCaptured, null)]
    [InlineData("HCC", RefusalCode.AlreadyCaptured, null)]
    [InlineData("R", RefusalCode.AlreadyReversed, RefusalCode.AlreadyReversed)]
    [InlineData("HR", RefusalCode.AlreadyReversed, RefusalCode.AlreadyReversed)]
    [InlineData("HCR", RefusalCode.AlreadyReversed, RefusalCode.AlreadyReversed)]
    [InlineData("HE", RefusalCode.AlreadyReversed, RefusalCode.AlreadyReversed)]
    [InlineData("HCE", RefusalCode.AlreadyCaptured, null)]
    [InlineData("F", RefusalCode.NotPending, RefusalCode.AccountFlushed)]
    [InlineData("HF", RefusalCode.AccountFlushed, RefusalCode.AccountFlushed)]
    [InlineData("HFE", RefusalCode.AccountFlushed, RefusalCode.AccountFlushed)]
    [InlineData("HCF", RefusalCode.AlreadyCaptured, RefusalCode.AccountFlushed)]
    [InlineData("RF", RefusalCode.AlreadyReversed, RefusalCode.AlreadyReversed)]
    [InlineData("HFB", null, null)]
    [InlineData("HFEB", RefusalCode.AlreadyReversed, RefusalCode.AlreadyReversed)]
    [InlineData("HCFB", RefusalCode.AlreadyCaptured, null)]
    [InlineData("FB", RefusalCode.NotPending, null)]
    [InlineData("RFB", RefusalCode.AlreadyReversed, RefusalCode.AlreadyReversed)]
    public void The_state_of_a_spend_determines_which_commands_are_accepted(string past, RefusalCode? capture, RefusalCode? reversal)
    {
        Assert.Equal(capture, After(past, Capture));
        Assert.Equal(reversal, After(past, Reverse));
    }

    [Fact]
    public void Holds_that_end_at_the_same_instant_end_in_order_of_their_spends()
    {
        Sequence first = First(Hold(1, days: 3));
        Sequence second = First(Hold(2, days: 2));
        Sequence third = First(Hold(3, days: 2));
        _account.WaitUntil(Day(20));
        _account.Do(Sweep());

        Assert.Equal([second, third, first], _account.Due.Where(entry => entry.IsFirst).Select(entry => entry.Subject!.Value));
        Assert.Equal([2, 3, 1], _account.Due.Where(entry => !entry.IsFirst).Select(entry => (int)entry.Points.Value));
    }

    [Fact]
    public void A_spend_captured_after_its_lot_expired_stays_spent()
    {
        _account.Do(Add(Unilever, 5, Day(0), Day(11)));
        Sequence spend = First(Hold(5, days: 2));
        _account.WaitUntil(Day(11.5));
        _account.Do(Capture(spend));

        Assert.Empty(_account.Due);
        Assert.Equal([new(Dannon, 10), new(Unilever, 0)], ClientView.BalanceOf(_account.State));
    }

    [Fact]
    public void The_next_command_can_spend_the_points_of_an_ended_hold()
    {
        First(Hold(10, days: 2));
        _account.WaitUntil(Day(12));

        Assert.Equal([new ReferenceAllocation(Dannon, -10)], ClientView.AllocationsOf(_account.Do(Spend(10))));
    }

    [Fact]
    public void A_refused_command_still_ends_due_holds()
    {
        First(Hold(10, days: 2));
        _account.WaitUntil(Day(12));
        _account.Refuse(Spend(11));

        Assert.Equal(2, _account.Due.Count);
        Assert.Equal(new Points(10), _account.State.Balance);
    }

    [Fact]
    public void A_credit_is_refused_if_it_leaves_no_room_for_held_points()
    {
        _account.Do(Hold(10, days: 2));
        _account.Do(Add(Unilever, long.MaxValue - 12, Day(1)));

        Refusal expected = new(RefusalCode.PointsOverflow) { Available = new(long.MaxValue - 12), Requested = 3, Payer = Dannon };
        Assert.Equal(expected, _account.Refuse(Add(Dannon, 3, Day(1))));
        _account.Do(Add(Dannon, 2, Day(1)));
        _account.WaitUntil(Day(12));
        _account.Do(Sweep());
        Assert.Equal(new Points(long.MaxValue), _account.State.Balance);
    }

    [Fact]
    public void Held_points_take_room_from_other_reversals_but_not_from_their_own()
    {
        Sequence final = First(Spend(3));
        Sequence pending = First(Hold(7, days: 2));
        _account.Do(Add(Dannon, long.MaxValue - 9, Day(1)));

        Refusal expected = new(RefusalCode.PointsOverflow) { Available = new(long.MaxValue - 9), Requested = 3 };
        Assert.Equal(expected, _account.Refuse(Reverse(final)));
        _account.Do(Reverse(pending));
        Assert.Equal(new Points(long.MaxValue - 2), _account.State.Balance);
    }

    [Fact]
    public void A_hold_ends_no_later_than_the_last_instant()
    {
        Entry header = _account.Do(Spend(1) with { Hold = TimeSpan.MaxValue })[0];

        Assert.Equal(Instant.MaxValue, header.ExpiresAt);
    }

    private Sequence First(Command command) => _account.Do(command)[0].Sequence;

    /// <summary>
    /// The refusal of a command about a spend with a past. H is a spend with a hold, C a capture (also a refused one), R a reversal,
    /// F a flush, B a restore of that flush, and E the end of the hold.
    /// </summary>
    private static RefusalCode? After(string past, Func<Sequence, SubjectCommand> ask)
    {
        TestAccount account = new();
        account.Do(Add(Dannon, 10, Day(1)));
        Sequence spend = account.Do(past.StartsWith('H') ? Hold(4, days: 2) : Spend(4))[0].Sequence;
        foreach (char step in past.TrimStart('H'))
        {
            switch (step)
            {
                case 'C':
                    account.Try(Capture(spend));
                    break;
                case 'R':
                    account.Do(Reverse(spend));
                    break;
                case 'F':
                    account.Do(Flush());
                    break;
                case 'B':
                    account.Do(Restore(account.Flushes[^1]));
                    break;
                default:
                    account.WaitUntil(Day(12));
                    break;
            }
        }

        return account.Try(ask(spend)).Refusal?.Code;
    }
}
