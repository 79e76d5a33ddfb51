using System.Text.RegularExpressions;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Readme;

/// <summary>The README in the parts that can be tried out.</summary>
internal static partial class ReadmeFile
{
    public static string Text { get; } = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).ReplaceLineEndings("\n");

    /// <summary>Every block of commands, in order, with the block of output that follows it before the next one.</summary>
    public static IReadOnlyList<Example> Examples { get; } = FindExamples();

    /// <summary>What links and images point at inside the repository.</summary>
    public static IEnumerable<string> LocalLinks =>
        Link().Matches(Text).Select(match => match.Groups["target"].Value).Where(target => !target.Contains("://", StringComparison.Ordinal));

    /// <summary>The options that are listed, with their defaults.</summary>
    public static IEnumerable<(string Name, string Default)> Options =>
        OptionRow().Matches(Text).Select(match => (match.Groups["name"].Value, match.Groups["default"].Value));

    private static List<Example> FindExamples()
    {
        List<Example> examples = [];
        foreach (Match block in Block().Matches(Text))
        {
            string content = block.Groups["content"].Value.Trim();
            if (block.Groups["language"].Value == "sh")
            {
                examples.Add(new Example([.. content.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')], Output: null, IsJson: false));
            }
            else
            {
                examples[^1] = examples[^1] with { Output = content, IsJson = block.Groups["language"].Value == "json" };
            }
        }

        return examples;
    }

    [GeneratedRegex("^```(?<language>sh|text|json)\n(?<content>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\]\((?<target>[^)#]+)(#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\| `(?<name>\w+:\w+)` \| `(?<default>[^`]+)` \|", RegexOptions.Multiline)]
    private static partial Regex OptionRow();
}

/// <summary>Commands, and what they print.</summary>
/// <param name="Commands">One command for each line.</param>
/// <param name="Output">What they print, or null if the README does not say.</param>
/// <param name="IsJson">Whether the output is to be compared as JSON.</param>
internal sealed record Example(IReadOnlyList<string> Commands, string? Output, bool IsJson);
