using CsCheck;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Properties;

/// <summary>The effect of a spend that is reversed or pending, on accounts with any past.</summary>
public static class HoldProperties
{
    private static readonly Gen<int> Percent = Gen.Int[1, 100];

    [Fact]
    public static void A_spend_and_its_reversal_leave_the_same_net_lots_in_the_same_order() =>
        Gen.Select(Steps.Moves, Percent).Sample(
            (past, percent) =>
            {
                Book book = After(past);
                if (Share(book, percent) is not { } points)
                {
                    return;
                }

                var before = NetLots(book);
                var balance = Answers.BalanceOf(book.State).ToList();
                book.Do(Given.Reverse(book.Do(Given.Spend(points))[0].Sequence));
                Assert.Equal(before, NetLots(book));
                Assert.Equal(balance, Answers.BalanceOf(book.State));
            },
            iter: 2_000);

    [Fact]
    public static void Credits_and_deductions_between_a_spend_and_its_reversal_come_out_as_if_neither_had_been()
    {
        int compared = 0;
        Gen.Select(Steps.WithoutFlush, Percent, Steps.WithoutFlush).Sample(
            (past, percent, between) =>
            {
                // The spend would settle unpaid deductions from its lots. Without the spend, an older credit that arrives later could pay them.
                Move[] free = [.. past.Where(IsNoDeduction).Select(Move.Now)];
                (Book with, Book without) = (After(free), After(free));
                if (Share(with, percent) is not { } points)
                {
                    return;
                }

                Sequence spend = with.Do(Given.Spend(points))[0].Sequence;
                // Both books must accept the same transactions, at the same sequences of the journal.
                AddTransaction[] taken = [.. between.OfType<AddTransaction>().Where(add => with.Try(add).Refusal is null)];
                with.Do(Given.Reverse(spend));
                Assert.All(taken, add => without.Do(add));
                Assert.Equal(ByArrival(without), ByArrival(with));
                Interlocked.Add(ref compared, taken.Length);
            },
            iter: 2_000);
        Assert.InRange(compared, 2_000, int.MaxValue);
    }

    [Fact]
    public static void A_hold_that_is_captured_is_the_spend_that_was_never_held() =>
        Gen.Select(Steps.Moves, Percent, Gen.Int[0, 3]).Sample(
            (past, percent, halfDays) =>
            {
                (Book held, Book spent) = (After(past), After(past));
                if (Share(held, percent) is not { } points)
                {
                    return;
                }

                IReadOnlyList<Entry> hold = held.Do(Given.Hold(points, days: 2));
                Assert.Equal(spent.Do(Given.Spend(points)).Skip(1), hold.Skip(1));
                WaitBoth(held, spent, halfDays * 0.5);
                held.Do(Given.Capture(hold[0].Sequence));
                spent.Do(Given.Sweep());
                Snapshots.AssertSamePoints(spent.State.ToSnapshot(), held.State.ToSnapshot());
                WaitBoth(held, spent, 10);
                held.Do(Given.Sweep());
                spent.Do(Given.Sweep());
                Snapshots.AssertSamePoints(spent.State.ToSnapshot(), held.State.ToSnapshot());
            },
            iter: 1_500);

    [Fact]
    public static void A_hold_that_ends_is_a_spend_that_is_reversed_at_that_instant() =>
        Gen.Select(Steps.Moves, Percent, Gen.Int[1, 6]).Sample(
            (past, percent, halfDays) =>
            {
                (Book held, Book reversed) = (After(past), After(past));
                if (Share(held, percent) is not { } points)
                {
                    return;
                }

                held.Do(Given.Hold(points, halfDays * 0.5));
                Sequence spend = reversed.Do(Given.Spend(points))[0].Sequence;
                WaitBoth(held, reversed, halfDays * 0.5);
                held.Do(Given.Sweep());
                reversed.Do(Given.Reverse(spend));
                Assert.Equal(NetLots(reversed), NetLots(held));
                Assert.Equal(Answers.BalanceOf(reversed.State), Answers.BalanceOf(held.State));
                Assert.Equal(reversed.State.Held, held.State.Held);
            },
            iter: 1_500);

    private static bool IsNoDeduction(Command command) => command is not AddTransaction { Points.IsNegative: true };

    private static Book After(Move[] moves)
    {
        Book book = new();
        foreach (Move move in moves)
        {
            book.Wait(move.Wait);
            book.Try(move.In(book));
        }

        return book;
    }

    private static long? Share(Book book, int percent)
    {
        long points = (long)((Int128)book.State.Balance.Value * percent / 100);
        return points > 0 ? points : null;
    }

    private static void WaitBoth(Book one, Book other, double days)
    {
        one.Wait(TimeSpan.FromDays(days));
        other.Wait(TimeSpan.FromDays(days));
    }

    private static List<(LotKey Key, PayerName Payer, long Points)> NetLots(Book book) => [.. Answers.NetLotsOf(book.State.ToSnapshot())];

    /// <summary>Lots by order of arrival. Their sequences cannot be compared, because only one journal has the entries of the spend.</summary>
    private static IEnumerable<(Instant, int, PayerName, long)> ByArrival(Book book)
    {
        List<Sequence> arrivals = [.. book.Arrivals];
        return NetLots(book).Select(lot => (lot.Key.OccurredAt, arrivals.IndexOf(lot.Key.Sequence), lot.Payer, lot.Points));
    }
}
