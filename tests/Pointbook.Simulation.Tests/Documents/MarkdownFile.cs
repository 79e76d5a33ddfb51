using System.Text.RegularExpressions;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Documents;

/// <summary>The parts of a documentation page that a test can try out.</summary>
internal sealed partial class MarkdownFile
{
    private readonly string _text;

    private MarkdownFile(string path)
    {
        _text = File.ReadAllText(Path.Combine(Repository.Root, path)).ReplaceLineEndings("\n");
        Examples = FindExamples();
    }

    public static MarkdownFile Readme { get; } = new("README.md");

    public static MarkdownFile Api { get; } = new("docs/api.md");

    public static MarkdownFile Security { get; } = new("docs/security.md");

    public static MarkdownFile Operations { get; } = new("docs/operations.md");

    public static MarkdownFile Configuration { get; } = new("docs/configuration.md");

    /// <summary>Every block of commands, in order, with the block of output between it and the next one.</summary>
    public IReadOnlyList<Example> Examples { get; }

    /// <summary>The options that the page lists, with their defaults.</summary>
    public IEnumerable<(string Name, string Default)> Options =>
        OptionRow().Matches(_text).Select(match => (match.Groups["name"].Value, match.Groups["default"].Value));

    /// <summary>The options that the page lists, with the cell after the default. On the page that has ranges, this is the range.</summary>
    public IEnumerable<(string Name, string Range)> Ranges =>
        OptionRow().Matches(_text).Select(match => (match.Groups["name"].Value, match.Groups["range"].Value));

    /// <summary>The blocks of C#, in order.</summary>
    public IEnumerable<string> Snippets => Snippet().Matches(_text).Select(match => match.Groups["content"].Value);

    /// <summary>Whether a line of the page contains a text.</summary>
    public bool Contains(string text) => _text.Contains(text, StringComparison.Ordinal);

    /// <summary>The commands below a heading, in order.</summary>
    public IReadOnlyList<string> CommandsBelow(string heading)
    {
        string[] commands = [.. Examples.Where(example => example.Heading == heading).SelectMany(example => example.Commands)];
        Assert.NotEmpty(commands);
        return commands;
    }

    private List<Example> FindExamples()
    {
        List<Example> examples = [];
        string heading = "";
        foreach (Match part in HeadingOrBlock().Matches(_text))
        {
            string content = part.Groups["content"].Value.Trim();
            string language = part.Groups["language"].Value;
            if (part.Groups["heading"].Success)
            {
                heading = part.Groups["heading"].Value;
            }
            else if (language == "sh")
            {
                examples.Add(new Example(heading, [.. content.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')], Output: null, IsJson: false));
            }
            else
            {
                examples[^1] = examples[^1] with { Output = content, IsJson = language == "json" };
            }
        }

        return examples;
    }

    [GeneratedRegex("^(#+ (?<heading>[^\n]+)|```(?<language>sh|text|json)\n(?<content>.*?)^```)$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex HeadingOrBlock();

    [GeneratedRegex(@"^\| `(?<name>\w+:\w+)` \| `(?<default>[^`]+)` \| (?<range>[^|\n]*)", RegexOptions.Multiline)]
    private static partial Regex OptionRow();

    [GeneratedRegex("^```csharp\n(?<content>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Snippet();
}

/// <summary>Commands, and what they print.</summary>
/// <param name="Heading">The heading above the commands.</param>
/// <param name="Commands">One command for each line.</param>
/// <param name="Output">What the commands print; null if the page does not show it.</param>
/// <param name="IsJson">Whether the test compares the output as JSON.</param>
internal sealed record Example(string Heading, IReadOnlyList<string> Commands, string? Output, bool IsJson);
