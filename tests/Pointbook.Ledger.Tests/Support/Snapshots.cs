using Pointbook.Ledger.Accounts;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Compares snapshots by what is in them; as records they would compare their lists by reference.</summary>
internal static class Snapshots
{
    public static void AssertEqual(AccountSnapshot expected, AccountSnapshot actual)
    {
        Assert.Equal(expected.Account, actual.Account);
        Assert.Equal(expected.StandsAt, actual.StandsAt);
        AssertSamePoints(expected, actual);
    }

    /// <summary>Compares payers and lots, wherever in the journal the two stand.</summary>
    public static void AssertSamePoints(AccountSnapshot expected, AccountSnapshot actual)
    {
        Assert.True(expected.Payers.SequenceEqual(actual.Payers), "The payers differ.");
        Assert.True(expected.Lots.SequenceEqual(actual.Lots), "The lots differ.");
    }
}
