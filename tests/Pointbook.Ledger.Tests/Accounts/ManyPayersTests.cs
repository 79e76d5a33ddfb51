using System.Globalization;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Accounts;

/// <summary>Accounts with so many payers that their state looks lines up instead of scanning them, and with few payers again later.</summary>
public static class ManyPayersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(40)]
    public static void Many_payers_are_listed_in_order_of_appearance_until_a_flush_and_again_after_its_restore(int count)
    {
        ModelComparison comparison = new();
        for (int index = 0; index < 3 * count; index++)
        {
            // The payers repeat, and each command has a new copy of the payer's name.
            Assert.True(comparison.Do(Given.Add(Payer(index * 11 % count), 10, Given.Day(1 + (index % 5)))));
        }

        comparison.AssertSameState();
        Assert.True(comparison.Do(Given.Add(Payer(count - 1), -15, Given.Day(6))));
        Assert.True(comparison.Do(Given.Spend(12)));
        comparison.AssertSameState();
        PayerName[] before = Names(comparison.Account.State);
        Assert.True(comparison.Do(Given.Flush()));
        Assert.Empty(comparison.Account.State.Payers);
        Assert.All(before, name => Assert.False(comparison.Account.State.TryGetPayer(name, out _)));

        Assert.True(comparison.Do(Given.Restore(comparison.Account.Flushes[^1])));
        comparison.AssertSameState();
        Assert.Equal(before.Order(), Names(comparison.Account.State).Order());
        comparison.Account.Reload();
        comparison.AssertSameState();
        Assert.True(comparison.Do(Given.Flush()));
        Assert.True(comparison.Do(Given.Add(Payer(0), 10, Given.Day(1))));
        Assert.Equal([Payer(0)], Names(comparison.Account.State));
    }

    [Fact]
    public static void Each_payer_is_found_by_any_copy_of_its_name()
    {
        TestAccount account = new();
        for (int count = 1; count <= 12; count++)
        {
            account.Do(Given.Add(Payer(count), count, Given.Day(1)));
            for (int index = 1; index <= 12; index++)
            {
                Assert.Equal(index <= count, account.State.TryGetPayer(Payer(index), out PayerLine? line));
                Assert.Equal(index <= count ? index : null, line?.Balance.Value);
            }
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public static void A_snapshot_with_two_lines_of_a_payer_is_refused(int count)
    {
        PayerSnapshot[] payers =
        [
            .. Enumerable.Range(1, count)
                .Select(number => new PayerSnapshot(Payer(number % (count - 1)), Points.Zero, Points.Zero, new Sequence(number))),
        ];

        Assert.Throws<ArgumentException>(() => AccountState.FromSnapshot(new AccountSnapshot(Given.Account, new Sequence(count), payers, [])));
    }

    [Fact]
    public static void Accounts_share_the_name_of_a_payer_and_only_the_first_one_counts_its_size()
    {
        PayerName[] copies = [Given.Payer("A PAYER OF TWO ACCOUNTS"), Given.Payer("A PAYER OF TWO ACCOUNTS")];
        TestAccount[] accounts = [new TestAccount(), new TestAccount()];
        for (int index = 0; index < 2; index++)
        {
            accounts[index].Do(Given.Add(copies[index], 1, Given.Day(1)));
        }

        Assert.Same(accounts[0].State.Payers.Single().Name, accounts[1].State.Payers.Single().Name);
        Assert.InRange(accounts[0].State.SizeInBytes - accounts[1].State.SizeInBytes, copies[0].Value.Length * 2, 200);
    }

    private static PayerName[] Names(AccountState state) => [.. state.Payers.Select(line => line.Name)];

    private static PayerName Payer(int number) => Given.Payer("P" + number.ToString(CultureInfo.InvariantCulture));
}
