using System.Text.RegularExpressions;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>The name of a test is a sentence: it begins with a capital letter, and underscores separate its words.</summary>
internal static partial class TestNameRule
{
    public static IEnumerable<string> Violations(IEnumerable<RepositoryFile> sources) =>
        from source in sources
        from name in TestNames(source.Lines)
        where !Sentence().IsMatch(name)
        select $"{source.Path}: {name} is not a sentence such as Spending_more_than_the_balance_is_refused.";

    private static IEnumerable<string> TestNames(string[] lines)
    {
        bool isTest = false;
        foreach (string line in lines)
        {
            isTest |= Attribute().IsMatch(line);
            Match method = Method().Match(line);
            if (isTest && method.Success)
            {
                isTest = false;
                yield return method.Groups["name"].Value;
            }
        }
    }

    [GeneratedRegex(@"^\s*\[(Fact|Theory)\b")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"^\s*public\s+(?:static\s+|async\s+|override\s+|virtual\s+)*(?:void|Task|ValueTask)\s+(?<name>\w+)\s*[(<]")]
    private static partial Regex Method();

    [GeneratedRegex("^[A-Z0-9][A-Za-z0-9]*(_[A-Za-z0-9]+)+$")]
    private static partial Regex Sentence();
}
