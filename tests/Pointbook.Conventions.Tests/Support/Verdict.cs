namespace Pointbook.Conventions.Tests.Support;

/// <summary>Asserts that a rule holds, or that it finds certain violations.</summary>
internal static class Verdict
{
    /// <summary>Fails if there are violations, with each violation on its own line.</summary>
    public static void Holds(IEnumerable<string> violations)
    {
        string[] all = [.. violations];
        Assert.True(all.Length == 0, string.Join(Environment.NewLine, all));
    }

    /// <summary>Fails unless there is one sentence for each name, in order, and each sentence contains its name.</summary>
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
