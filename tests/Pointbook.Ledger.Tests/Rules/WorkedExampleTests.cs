using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;
using Pointbook.Reference;
using static Pointbook.Ledger.Tests.Support.Given;

namespace Pointbook.Ledger.Tests.Rules;

/// <summary>The worked example of rules.md, in every order in which its five transactions can arrive.</summary>
public static class WorkedExampleTests
{
    private const int Deduction = 2;

    private static readonly AddTransaction[] Example =
    [
        Add(Dannon, 1000, At("2020-11-02T14:00Z")),
        Add(Unilever, 200, At("2020-10-31T11:00Z")),
        Add(Dannon, -200, At("2020-10-31T15:00Z")),
        Add(MillerCoors, 10000, At("2020-11-01T14:00Z")),
        Add(Dannon, 300, At("2020-10-31T10:00Z")),
    ];

    public static TheoryData<string> ArrivalOrders => [.. Permutations("01234")];

    [Theory]
    [MemberData(nameof(ArrivalOrders))]
    public static void The_worked_example_comes_out_right_in_every_arrival_order(string order)
    {
        bool refused = order.IndexOf('2', StringComparison.Ordinal) < Math.Min(
            order.IndexOf('0', StringComparison.Ordinal), order.IndexOf('4', StringComparison.Ordinal));
        ModelComparison comparison = new();
        foreach (int index in order.Select(digit => digit - '0'))
        {
            Assert.Equal(!(refused && index == Deduction), comparison.Do(Example[index]));
            comparison.AssertSameState();
        }

        Assert.Equal(refused ? [new(Dannon, -300), new(Unilever, -200), new(MillerCoors, -4500)]
            : [new(Dannon, -100), new(Unilever, -200), new ReferenceAllocation(MillerCoors, -4700)], Spent(comparison));
        comparison.AssertSameState();
        Dictionary<PayerName, long> balance = ClientView.BalanceOf(comparison.Account.State).ToDictionary(line => line.Payer, line => line.Points);
        Assert.Equal(new Dictionary<PayerName, long> { [Dannon] = 1000, [Unilever] = 0, [MillerCoors] = refused ? 5500 : 5300 }, balance);
    }

    [Fact]
    public static void In_forty_orders_the_deduction_comes_before_its_points_and_is_refused()
    {
        int refused = 0;
        foreach (string order in Permutations("01234"))
        {
            TestAccount account = new();
            Refusal[] refusals = [.. order.Select(digit => account.Try(Example[digit - '0']).Refusal).OfType<Refusal>()];
            refused += refusals.Length;
            Refusal expected = new(RefusalCode.InsufficientPayerPoints) { Available = Points.Zero, Requested = 200, Payer = Dannon };
            Assert.All(refusals, refusal => Assert.Equal(expected, refusal));
        }

        Assert.Equal(40, refused);
    }

    private static IEnumerable<ReferenceAllocation> Spent(ModelComparison comparison)
    {
        int written = comparison.Account.Journal.Count;
        Assert.True(comparison.Do(Spend(5000)));
        return ClientView.AllocationsOf(comparison.Account.Journal.Skip(written));
    }

    private static IEnumerable<string> Permutations(string digits) => digits.Length == 0
        ? [""]
        : digits.SelectMany(first => Permutations(digits.Replace(first.ToString(), "", StringComparison.Ordinal)), (first, rest) => first + rest);
}
