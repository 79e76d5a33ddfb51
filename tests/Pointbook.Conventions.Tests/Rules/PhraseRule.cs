using System.Text.RegularExpressions;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>Documents, problem texts, log messages and errors must name the actor and what it does. The banned phrases never do.</summary>
internal static partial class PhraseRule
{
    /// <summary>The lines with banned phrases in documents and in the text literals of the product.</summary>
    public static IEnumerable<string> Violations(IEnumerable<RepositoryFile> files) =>
        from file in files
        let isDocument = file.Path.EndsWith(".md", StringComparison.Ordinal)
        where isDocument || (file.IsBelow("src") && file.Path.EndsWith(".cs", StringComparison.Ordinal))
        from line in file.Lines.Index()
        let found = (isDocument ? Phrase() : PhraseInText()).Match(line.Item)
        where found.Success
        select $"{file.Path}({line.Index + 1}) says '{found.Groups["phrase"].Value}'; name the actor, and say what it does or what to send.";

    private const string Phrases =
        @"\b(?<phrase>nobody knows|is no (parameter|kind|option|command|day|page)|anew|mended|has to be|what is due|held against|takes? notice|beside a running)\b";

    [GeneratedRegex(Phrases, RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Phrase();

    // Only within a text literal, and not in a comment.
    [GeneratedRegex("""^(?!\s*//)[^"]*"([^"]*[^"\w])?""" + Phrases, RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex PhraseInText();
}
