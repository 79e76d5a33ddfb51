using System.Text.RegularExpressions;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests;

/// <summary>Links between documents lead to files and headings that exist.</summary>
public sealed partial class DocumentLinkTests
{
    private static readonly string[] Directories = [".", "docs", "docs/decisions", "bench"];

    public static TheoryData<string> Documents =>
    [
        .. Directories
            .SelectMany(directory => Directory.GetFiles(Path.Combine(Repository.Root, directory), "*.md"))
            .Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_link_has_a_target(string document)
    {
        string file = Path.Combine(Repository.Root, document);
        foreach (Match link in Link().Matches(File.ReadAllText(file)).Where(link => !link.Value.Contains("://", StringComparison.Ordinal)))
        {
            string target = link.Groups["target"].Value;
            string path = target.Length == 0 ? file : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, target));
            Assert.True(Path.Exists(path), $"{link.Value} leads to no file.");
            string anchor = link.Groups["anchor"].Value;
            Assert.True(anchor.Length == 0 || Anchors(path).Contains(anchor), $"{link.Value} leads to no heading.");
        }
    }

    private static IEnumerable<string> Anchors(string file) => Heading().Matches(File.ReadAllText(file))
        .Select(heading => NotInAnchors().Replace(heading.Groups["text"].Value.ToLowerInvariant(), "").Replace(' ', '-'));

    [GeneratedRegex(@"\]\((?<target>[^)#\s]*)(#(?<anchor>[^)\s]*))?\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (?<text>[^\r\n]+)", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchors();
}
