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
        Gen.Select(RandomCommands.TimedCommands, Percent).Sample(
            (past, percent) =>
            {
                TestAccount account = After(past);
                if (Share(account, percent) is not { } points)
                {
                    return;
                }

                var before = NetLots(account);
                var balance = ClientView.BalanceOf(account.State).ToList();
                account.Do(Given.Reverse(account.Do(Given.Spend(points))[0].Sequence));
                Assert.Equal(before, NetLots(account));
                Assert.Equal(balance, ClientView.BalanceOf(account.State));
            },
            iter: 2_000);

    [Fact]
    public static void A_spend_and_its_reversal_do_not_affect_credits_and_deductions_between_them()
    {
        int compared = 0;
        Gen.Select(RandomCommands.WithoutFlush, Percent, RandomCommands.WithoutFlush).Sample(
            (past, percent, between) =>
            {
                // The spend would settle unpaid deductions from its lots. Without the spend, an older credit that arrives later could pay them.
                TimedCommand[] free = [.. past.Where(IsNoDeduction).Select(TimedCommand.Now)];
                (TestAccount with, TestAccount without) = (After(free), After(free));
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
    public static void A_captured_hold_equals_a_spend_without_a_hold() =>
        Gen.Select(RandomCommands.TimedCommands, Percent, Gen.Int[0, 3]).Sample(
            (past, percent, halfDays) =>
            {
                (TestAccount held, TestAccount spent) = (After(past), After(past));
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
    public static void The_end_of_a_hold_equals_a_reversal_at_that_instant() =>
        Gen.Select(RandomCommands.TimedCommands, Percent, Gen.Int[1, 6]).Sample(
            (past, percent, halfDays) =>
            {
                (TestAccount held, TestAccount reversed) = (After(past), After(past));
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
                Assert.Equal(ClientView.BalanceOf(reversed.State), ClientView.BalanceOf(held.State));
                Assert.Equal(reversed.State.Held, held.State.Held);
            },
            iter: 1_500);

    private static bool IsNoDeduction(Command command) => command is not AddTransaction { Points.IsNegative: true };

    private static TestAccount After(TimedCommand[] timedCommands)
    {
        TestAccount account = new();
        foreach (TimedCommand timedCommand in timedCommands)
        {
            account.Wait(timedCommand.Wait);
            account.Try(timedCommand.For(account));
        }

        return account;
    }

    private static long? Share(TestAccount account, int percent)
    {
        long points = (long)((Int128)account.State.Balance.Value * percent / 100);
        return points > 0 ? points : null;
    }

    private static void WaitBoth(TestAccount one, TestAccount other, double days)
    {
        one.Wait(TimeSpan.FromDays(days));
        other.Wait(TimeSpan.FromDays(days));
    }

    private static List<(LotKey Key, PayerName Payer, long Points)> NetLots(TestAccount account) => [.. ClientView.NetLotsOf(account.State.ToSnapshot())];

    /// <summary>Lots by order of arrival. Their sequences cannot be compared, because only one journal has the entries of the spend.</summary>
    private static IEnumerable<(Instant, int, PayerName, long)> ByArrival(TestAccount account)
    {
        List<Sequence> arrivals = [.. account.Arrivals];
        return NetLots(account).Select(lot => (lot.Key.OccurredAt, arrivals.IndexOf(lot.Key.Sequence), lot.Payer, lot.Points));
    }
}
