using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>A written decision names every package, and every decision has its own number.</summary>
internal static partial class DecisionRule
{
    public static IEnumerable<string> Violations(XElement packages, IReadOnlyCollection<RepositoryFile> decisions)
    {
        foreach (string package in packages.Descendants("PackageVersion").Select(item => item.Attribute("Include")!.Value))
        {
            Regex name = new($@"(?<![\w.-]){Regex.Escape(package)}(?![\w-]|\.\w)");
            if (!decisions.Any(decision => name.IsMatch(decision.Text)))
            {
                yield return $"No decision names the package {package}; add one to docs/decisions.";
            }
        }

        foreach (RepositoryFile decision in decisions.Where(decision => !FileName().IsMatch(decision.Name)))
        {
            yield return $"{decision.Path} is not named like 0001-what-was-decided.md.";
        }

        foreach (IGrouping<string, RepositoryFile> same in decisions.GroupBy(decision => decision.Name[..4]).Where(group => group.Count() > 1))
        {
            yield return $"{string.Join(" and ", same.Select(decision => decision.Name))} have the same number.";
        }
    }

    [GeneratedRegex(@"^\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.md$")]
    private static partial Regex FileName();
}
