using System.Text.RegularExpressions;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>Tests do not sleep: they wait until a condition is true. Only one helper lets time pass.</summary>
internal static partial class SleepRule
{
    private const string Helper = "tests/Shared/Eventually.cs";

    /// <summary>The lines that sleep.</summary>
    public static IEnumerable<string> Violations(IEnumerable<RepositoryFile> sources) =>
        from source in sources
        where source.IsBelow("tests") && source.Path != Helper
        from line in source.Lines.Index()
        where Sleep().IsMatch(line.Item)
        select $"{source.Path}({line.Index + 1}) sleeps; wait until something is true with Eventually, or move a fake clock.";

    // A delay that never ends by itself does not count as a sleep.
    [GeneratedRegex(@"\bTask\.Delay\((?!Timeout\.Infinite)|\bThread\.Sleep\b|\bSpinWait\b|\bPeriodicTimer\b")]
    private static partial Regex Sleep();
}
