using System.Text.RegularExpressions;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>The main type of a file has the file's name; a part of a type may add its own after a dot.</summary>
/// <remarks>Outside of src a file of several small types may be named after what they are about.</remarks>
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

    // File-scoped namespaces leave top-level types at the beginning of a line.
    [GeneratedRegex(@"^(?:(?:public|internal|file|static|sealed|abstract|partial|readonly|ref|unsafe)\s+)*(?:class|record\s+struct|record\s+class|record|struct|interface|enum|delegate\s+\S+)\s+(?<name>\w+)")]
    private static partial Regex Declaration();
}
