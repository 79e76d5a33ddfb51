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
    public static void Any_number_of_payers_is_listed_in_order_of_appearance_until_a_flush_and_again_after_its_restore(int count)
    {
        Pair pair = new();
        for (int index = 0; index < 3 * count; index++)
        {
            // The payers repeat, and each command has a new copy of the payer's name.
            Assert.True(pair.Do(Given.Add(Payer(index * 11 % count), 10, Given.Day(1 + (index % 5)))));
        }

        pair.AssertSameState();
        Assert.True(pair.Do(Given.Add(Payer(count - 1), -15, Given.Day(6))));
        Assert.True(pair.Do(Given.Spend(12)));
        pair.AssertSameState();
        PayerName[] before = Names(pair.Book.State);
        Assert.True(pair.Do(Given.Flush()));
        Assert.Empty(pair.Book.State.Payers);
        Assert.All(before, name => Assert.False(pair.Book.State.TryGetPayer(name, out _)));

        Assert.True(pair.Do(Given.Restore(pair.Book.Flushes[^1])));
        pair.AssertSameState();
        Assert.Equal(before.Order(), Names(pair.Book.State).Order());
        pair.Book.Reload();
        pair.AssertSameState();
        Assert.True(pair.Do(Given.Flush()));
        Assert.True(pair.Do(Given.Add(Payer(0), 10, Given.Day(1))));
        Assert.Equal([Payer(0)], Names(pair.Book.State));
    }

    [Fact]
    public static void Each_payer_is_found_by_any_copy_of_its_name_and_no_other_is()
    {
        Book book = new();
        for (int count = 1; count <= 12; count++)
        {
            book.Do(Given.Add(Payer(count), count, Given.Day(1)));
            for (int index = 1; index <= 12; index++)
            {
                Assert.Equal(index <= count, book.State.TryGetPayer(Payer(index), out PayerLine? line));
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
    public static void Accounts_share_the_name_of_a_payer_and_the_first_one_counts_it()
    {
        PayerName[] copies = [Given.Payer("A PAYER OF TWO ACCOUNTS"), Given.Payer("A PAYER OF TWO ACCOUNTS")];
        Book[] books = [new Book(), new Book()];
        for (int index = 0; index < 2; index++)
        {
            books[index].Do(Given.Add(copies[index], 1, Given.Day(1)));
        }

        Assert.Same(books[0].State.Payers.Single().Name, books[1].State.Payers.Single().Name);
        Assert.InRange(books[0].State.SizeInBytes - books[1].State.SizeInBytes, copies[0].Value.Length * 2, 200);
    }

    private static PayerName[] Names(AccountState state) => [.. state.Payers.Select(line => line.Name)];

    private static PayerName Payer(int number) => Given.Payer("P" + number.ToString(CultureInfo.InvariantCulture));
}
