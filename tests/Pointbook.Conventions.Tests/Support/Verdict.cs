namespace Pointbook.Conventions.Tests.Support;

/// <summary>How the tests say whether a rule holds.</summary>
internal static class Verdict
{
    /// <summary>Fails with every violation on a line of its own.</summary>
    public static void Holds(IEnumerable<string> violations)
    {
        string[] all = [.. violations];
        Assert.True(all.Length == 0, string.Join(Environment.NewLine, all));
    }

    /// <summary>Fails unless each sentence names what it should, one sentence for each name.</summary>
    public static void Names(IEnumerable<string> violations, params string[] names)
    {
        string[] all = [.. violations];
        Assert.True(all.Length == names.Length, $"{names.Length} violations were expected, not {all.Length}: {string.Join(" | ", all)}");
        for (int index = 0; index < names.Length; index++)
        {
            Assert.Contains(names[index], all[index], StringComparison.Ordinal);
        }
    }
}
