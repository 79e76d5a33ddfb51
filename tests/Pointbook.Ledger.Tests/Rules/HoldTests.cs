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
    private readonly Book _book = new();

    public HoldTests() => _book.Do(Add(Dannon, 10, Day(1)));

    [Fact]
    public void A_pending_spend_draws_like_any_other_and_holds_what_it_drew()
    {
        IReadOnlyList<Entry> entries = _book.Do(Hold(4, days: 2));

        Assert.Equal([EntryKind.Spend, EntryKind.Draw], entries.Select(entry => entry.Kind));
        Assert.Equal(Day(12), entries[0].ExpiresAt);
        Assert.Equal((new Points(6), new Points(4)), (_book.State.Balance, _book.State.Held));
        Assert.Equal(Day(12), _book.State.FindHold(entries[0].Sequence)?.EndsAt);
        Assert.Equal(new Refusal(RefusalCode.InsufficientPoints) { Available = new(6), Requested = 7 }, _book.Refuse(Spend(7)));
    }

    [Fact]
    public void A_refused_spend_holds_nothing()
    {
        _book.Refuse(Hold(11, days: 2));
        _book.Refuse(Hold(0, days: 2));

        Assert.Equal((new Points(10), Points.Zero), (_book.State.Balance, _book.State.Held));
    }

    [Fact]
    public void A_deduction_cannot_take_what_is_held()
    {
        _book.Do(Hold(4, days: 2));

        Refusal expected = new(RefusalCode.InsufficientPayerPoints) { Available = new(6), Requested = 7, Payer = Dannon };
        Assert.Equal(expected, _book.Refuse(Add(Dannon, -7, Day(2))));
    }

    [Fact]
    public void A_capture_is_one_entry_that_changes_no_balance_and_lets_go_of_what_was_held()
    {
        Sequence spend = First(Hold(4, days: 2));
        Entry capture = Assert.Single(_book.Do(Capture(spend) with { Origin = new Origin { Reference = "shipped" } }));

        Assert.Equal((EntryKind.Capture, spend, "shipped", null), (capture.Kind, capture.Subject, capture.Origin?.Reference, capture.Payer));
        Assert.Equal((new Points(6), Points.Zero), (_book.State.Balance, _book.State.Held));
        _book.WaitUntil(Day(30));
        Assert.Empty(_book.Do(Sweep()));
        Assert.Empty(_book.Due);
    }

    [Fact]
    public void A_hold_ends_at_its_very_instant_and_not_before()
    {
        Sequence spend = First(Hold(4, days: 2));
        _book.WaitUntil(JustBefore(Day(12)));
        _book.Do(Sweep());
        Assert.Empty(_book.Due);
        _book.WaitUntil(Day(12));
        _book.Do(Sweep());

        Assert.Equal([EntryKind.Reversal, EntryKind.Return], _book.Due.Select(entry => entry.Kind));
        Assert.Equal((spend, Day(12), null), (_book.Due[0].Subject, _book.Due[0].ExpiresAt, _book.Due[0].Origin));
        Assert.Equal((new Points(10), Points.Zero), (_book.State.Balance, _book.State.Held));
    }

    [Fact]
    public void The_last_instant_at_which_a_spend_is_captured_is_the_one_before_its_hold_ends()
    {
        Sequence spend = First(Hold(4, days: 2));
        _book.WaitUntil(JustBefore(Day(12)));

        Assert.Single(_book.Do(Capture(spend)));
        Assert.Empty(_book.Due);
    }

    [Theory]
    [InlineData(12)]
    [InlineData(20)]
    public void Whoever_captures_or_reverses_a_spend_whose_hold_is_over_hears_that_it_was_reversed(int day)
    {
        Sequence spend = First(Hold(4, days: 2));
        _book.WaitUntil(Day(day));

        Assert.Equal(new Refusal(RefusalCode.AlreadyReversed), _book.Refuse(Capture(spend)));
        Assert.Equal(2, _book.Due.Count);
        Assert.Equal(new Refusal(RefusalCode.AlreadyReversed), _book.Refuse(Reverse(spend)));
        Assert.Empty(_book.Due);
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
    public void What_became_of_a_spend_decides_what_can_be_done_about_it(string past, RefusalCode? capture, RefusalCode? reversal)
    {
        Assert.Equal(capture, After(past, Capture));
        Assert.Equal(reversal, After(past, Reverse));
    }

    [Fact]
    public void Holds_end_in_order_of_their_ends_and_at_one_instant_in_order_of_their_spends()
    {
        Sequence first = First(Hold(1, days: 3));
        Sequence second = First(Hold(2, days: 2));
        Sequence third = First(Hold(3, days: 2));
        _book.WaitUntil(Day(20));
        _book.Do(Sweep());

        Assert.Equal([second, third, first], _book.Due.Where(entry => entry.IsFirst).Select(entry => entry.Subject!.Value));
        Assert.Equal([2, 3, 1], _book.Due.Where(entry => !entry.IsFirst).Select(entry => (int)entry.Points.Value));
    }

    [Fact]
    public void What_is_captured_after_its_lot_has_expired_stays_spent()
    {
        _book.Do(Add(Unilever, 5, Day(0), Day(11)));
        Sequence spend = First(Hold(5, days: 2));
        _book.WaitUntil(Day(11.5));
        _book.Do(Capture(spend));

        Assert.Empty(_book.Due);
        Assert.Equal([new(Dannon, 10), new(Unilever, 0)], Answers.BalanceOf(_book.State));
    }

    [Fact]
    public void What_a_hold_gives_back_can_be_spent_by_the_very_next_command()
    {
        First(Hold(10, days: 2));
        _book.WaitUntil(Day(12));

        Assert.Equal([new ReferenceAllocation(Dannon, -10)], Answers.AllocationsOf(_book.Do(Spend(10))));
    }

    [Fact]
    public void A_command_that_is_refused_still_ends_the_holds_that_are_over()
    {
        First(Hold(10, days: 2));
        _book.WaitUntil(Day(12));
        _book.Refuse(Spend(11));

        Assert.Equal(2, _book.Due.Count);
        Assert.Equal(new Points(10), _book.State.Balance);
    }

    [Fact]
    public void A_credit_is_refused_if_there_were_no_room_for_what_is_held()
    {
        _book.Do(Hold(10, days: 2));
        _book.Do(Add(Unilever, long.MaxValue - 12, Day(1)));

        Refusal expected = new(RefusalCode.PointsOverflow) { Available = new(long.MaxValue - 12), Requested = 3, Payer = Dannon };
        Assert.Equal(expected, _book.Refuse(Add(Dannon, 3, Day(1))));
        _book.Do(Add(Dannon, 2, Day(1)));
        _book.WaitUntil(Day(12));
        _book.Do(Sweep());
        Assert.Equal(new Points(long.MaxValue), _book.State.Balance);
    }

    [Fact]
    public void Held_points_leave_no_room_for_a_reversal_and_need_none_for_their_own()
    {
        Sequence final = First(Spend(3));
        Sequence pending = First(Hold(7, days: 2));
        _book.Do(Add(Dannon, long.MaxValue - 9, Day(1)));

        Refusal expected = new(RefusalCode.PointsOverflow) { Available = new(long.MaxValue - 9), Requested = 3 };
        Assert.Equal(expected, _book.Refuse(Reverse(final)));
        _book.Do(Reverse(pending));
        Assert.Equal(new Points(long.MaxValue - 2), _book.State.Balance);
    }

    [Fact]
    public void A_hold_never_ends_later_than_there_are_instants()
    {
        Entry header = _book.Do(Spend(1) with { Hold = TimeSpan.MaxValue })[0];

        Assert.Equal(Instant.MaxValue, header.ExpiresAt);
    }

    private Sequence First(Command command) => _book.Do(command)[0].Sequence;

    /// <summary>
    /// The refusal of a command about a spend with a past. H is a spend with a hold, C a capture (also a refused one), R a reversal,
    /// F a flush, B a restore of that flush, and E the end of the hold.
    /// </summary>
    private static RefusalCode? After(string past, Func<Sequence, SubjectCommand> ask)
    {
        Book book = new();
        book.Do(Add(Dannon, 10, Day(1)));
        Sequence spend = book.Do(past.StartsWith('H') ? Hold(4, days: 2) : Spend(4))[0].Sequence;
        foreach (char step in past.TrimStart('H'))
        {
            switch (step)
            {
                case 'C':
                    book.Try(Capture(spend));
                    break;
                case 'R':
                    book.Do(Reverse(spend));
                    break;
                case 'F':
                    book.Do(Flush());
                    break;
                case 'B':
                    book.Do(Restore(book.Flushes[^1]));
                    break;
                default:
                    book.WaitUntil(Day(12));
                    break;
            }
        }

        return book.Try(ask(spend)).Refusal?.Code;
    }
}
