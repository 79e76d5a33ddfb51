using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Compares snapshots by content. As records, they would compare their lists by reference.</summary>
internal static class Snapshots
{
    public static void AssertEqual(AccountSnapshot expected, AccountSnapshot actual)
    {
        Assert.Equal(expected.Account, actual.Account);
        Assert.Equal((expected.Opening, expected.LastOperation, expected.StandsAt), (actual.Opening, actual.LastOperation, actual.StandsAt));
        Assert.Equal((expected.FlushedThrough, expected.FlushedThroughBefore), (actual.FlushedThrough, actual.FlushedThroughBefore));
        AssertSame(expected.Payers, actual.Payers);
        AssertSamePoints(expected, actual);
    }

    /// <summary>Compares balances, lots and holds of two snapshots, which may be at different entries of the journal.</summary>
    public static void AssertSamePoints(AccountSnapshot expected, AccountSnapshot actual)
    {
        AssertSame(Lines(expected), Lines(actual));
        AssertSame(expected.Lots, actual.Lots);
        AssertSame(Holds(expected), Holds(actual));
        AssertSame(Draws(expected), Draws(actual));

        static IEnumerable<(PayerName, Points, Points)> Lines(AccountSnapshot account) =>
            account.Payers.Select(payer => (payer.Name, payer.Balance, payer.Outstanding));

        static IEnumerable<(Sequence, Instant)> Holds(AccountSnapshot account) => account.Holds.Select(hold => (hold.Spend, hold.EndsAt));

        static IEnumerable<(Sequence, HeldDraw)> Draws(AccountSnapshot account) =>
            account.Holds.SelectMany(hold => hold.Draws, (hold, draw) => (hold.Spend, draw));
    }

    /// <summary>Compares items one by one only if the lists differ, because reporting the difference this way is slow.</summary>
    private static void AssertSame<T>(IEnumerable<T> expected, IEnumerable<T> actual)
    {
        if (!expected.SequenceEqual(actual))
        {
            Assert.Equal(expected, actual);
            Assert.Fail("The snapshots differ.");
        }
    }
}
