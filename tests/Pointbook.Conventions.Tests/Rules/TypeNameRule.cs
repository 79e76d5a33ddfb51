using System.Text.RegularExpressions;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>The main type of a file has the name of the file. The file of a partial type may add a second name after a dot.</summary>
/// <remarks>Outside of src, the name of a file with several small types may be their common subject.</remarks>
internal static partial class TypeNameRule
{
    public static IEnumerable<string> Violations(IEnumerable<RepositoryFile> sources)
    {
        foreach (RepositoryFile source in sources)
        {
            string[] types = [.. source.Lines.Select(line => Declaration().Match(line)).Where(match => match.Success).Select(match => match.Groups["name"].Value)];
            string expected = source.Name[..source.Name.IndexOf('.', StringComparison.Ordinal)];
            if (types.Length > 0 && (types.Length == 1 || source.IsBelow("src")) && expected != "Program" && !types.Contains(expected))
            {
                yield return $"{source.Path} declares {string.Join(", ", types)} and not {expected}.";
            }
        }
    }

    // With file-scoped namespaces, top-level types start at the beginning of a line.
    [GeneratedRegex(@"^(?:(?:public|internal|file|static|sealed|abstract|partial|readonly|ref|unsafe)\s+)*(?:class|record\s+struct|record\s+class|record|struct|interface|enum|delegate\s+\S+)\s+(?<name>\w+)")]
    private static partial Regex Declaration();
}
