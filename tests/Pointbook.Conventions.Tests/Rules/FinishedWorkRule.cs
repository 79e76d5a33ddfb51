using System.Text.RegularExpressions;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>Everything in the repository is finished: it has no reminders, no missing code and no skipped tests.</summary>
internal static partial class FinishedWorkRule
{
    public static IEnumerable<string> Violations(IEnumerable<RepositoryFile> sources) =>
        from source in sources
        from numbered in source.Lines.Select((line, index) => (Line: line, Number: index + 1))
        let match = Unfinished().Match(numbered.Line)
        where match.Success
        select $"{source.Path}({numbered.Number}) contains '{match.Value}'.";

    // The words are split so that this file does not contain them.
    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b|NotImplemented" + @"Exception|\[(Fact|Theory)\([^\]]*\bSkip\s*=|\bAssert\.Skip")]
    private static partial Regex Unfinished();
}
