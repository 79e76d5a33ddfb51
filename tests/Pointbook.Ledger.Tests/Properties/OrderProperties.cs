using CsCheck;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using Pointbook.Reference;

namespace Pointbook.Ledger.Tests.Properties;

/// <summary>Differences in order that must not change the result.</summary>
public static class OrderProperties
{
    [Fact]
    public static void Two_spends_draw_the_same_as_one_spend_of_their_sum() =>
        Gen.Select(RandomCommands.WithoutFlush, Gen.Int[1, 99], Gen.Int[1, 100]).Sample(
            (history, percentOfFirst, percentOfBoth) =>
            {
                TestAccount one = After(history);
                TestAccount two = After(history);
                long both = one.State.Balance.Value * percentOfBoth / 100;
                long first = both * percentOfFirst / 100;
                if (first < 1 || first == both)
                {
                    return;
                }

                List<Entry> entries = [.. two.Do(Given.Spend(first)), .. two.Do(Given.Spend(both - first))];
                Assert.Equal(ClientView.AllocationsOf(one.Do(Given.Spend(both))), ClientView.AllocationsOf(entries));
                Assert.Equal(ClientView.BalanceOf(one.State), ClientView.BalanceOf(two.State));
                Assert.Equal(ClientView.NetLotsOf(one.State.ToSnapshot()), ClientView.NetLotsOf(two.State.ToSnapshot()));
            },
            iter: 3_000);

    [Fact]
    public static void The_order_in_which_transactions_arrive_between_two_spends_does_not_matter()
    {
        int compared = 0;
        Gen.Select(Transactions(6), Gen.Long[1, 60], Transactions(8), Gen.Int[0, int.MaxValue], Gen.Long[1, 120]).Sample(
            (history, firstSpend, between, seed, lastSpend) =>
            {
                Command[] past = [.. Dated(history, 0), Given.Spend(firstSpend)];
                Command[] arrivals = [.. Dated(between, 1)];
                Command[] otherArrivals = [.. arrivals];
                new Random(seed).Shuffle(otherArrivals);
                if (ApplyUnlessRefused(past, arrivals) is { } one && ApplyUnlessRefused(past, otherArrivals) is { } other)
                {
                    AssertSameAnswers(one, other, lastSpend);
                    Interlocked.Increment(ref compared);
                }
            },
            iter: 3_000);
        Assert.InRange(compared, 500, 3_000);
    }

    private static Gen<(PayerName Payer, long Points, int Hour)[]> Transactions(int count) =>
        Gen.Select(RandomCommands.Payer, Gen.Frequency((3, Gen.Long[1, 40]), (1, Gen.Long[-12, -1])), Gen.Int[0, 200]).Array[count];

    /// <summary>Turns hours, which may repeat, into timestamps. All timestamps differ, also from those of the other generation.</summary>
    private static IEnumerable<Command> Dated((PayerName Payer, long Points, int Hour)[] transactions, int generation) =>
        transactions.Select((add, index) => Given.Add(
            add.Payer, add.Points, Given.Day(1).PlusClamped(TimeSpan.FromHours(add.Hour) + TimeSpan.FromSeconds((2 * index) + generation))));

    private static TestAccount After(Command[] commands)
    {
        TestAccount account = new();
        foreach (Command command in commands)
        {
            account.Try(command);
        }

        return account;
    }

    private static TestAccount? ApplyUnlessRefused(Command[] past, Command[] arrivals)
    {
        TestAccount account = After(past);
        return arrivals.All(command => account.Try(command).Refusal is null) ? account : null;
    }

    private static void AssertSameAnswers(TestAccount one, TestAccount other, long spend)
    {
        (Refusal? refusal, IReadOnlyList<Entry> entries) = one.Try(Given.Spend(spend));
        (Refusal? otherRefusal, IReadOnlyList<Entry> otherEntries) = other.Try(Given.Spend(spend));
        Assert.Equal(refusal, otherRefusal);
        Assert.Equal(ClientView.AllocationsOf(entries), ClientView.AllocationsOf(otherEntries));
        Assert.Equal(ByName(one.State), ByName(other.State));
        Assert.Equal(WithoutSequences(one.State), WithoutSequences(other.State));
    }

    private static IEnumerable<ReferenceLine> ByName(AccountState state) => ClientView.BalanceOf(state).OrderBy(line => line.Payer);

    private static IEnumerable<(Instant, PayerName, long)> WithoutSequences(AccountState state) =>
        ClientView.NetLotsOf(state.ToSnapshot()).Select(lot => (lot.Key.OccurredAt, lot.Payer, lot.Points));
}
