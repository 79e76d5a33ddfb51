using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>The list of banned symbols applies to every project, and every exception in a source gives a reason.</summary>
internal static partial class BannedSymbolsRule
{
    public const string Package = "Microsoft.CodeAnalysis.BannedApiAnalyzers";
    public const string List = "BannedSymbols.txt";
    private const string Diagnostic = "RS0030";

    /// <summary>The violations in the properties file that all projects share.</summary>
    public static IEnumerable<string> SharedViolations(XElement properties)
    {
        XElement[] items = [.. properties.Elements("ItemGroup").Where(IsUnconditional).Elements().Where(IsUnconditional)];
        if (!items.Any(item => item.Name.LocalName == "PackageReference" && item.Attribute("Include")?.Value == Package))
        {
            yield return $"Directory.Build.props does not give {Package} to every project.";
        }

        if (!items.Any(item => item.Name.LocalName == "AdditionalFiles" && item.Attribute("Include")?.Value.EndsWith(List, StringComparison.Ordinal) == true))
        {
            yield return $"Directory.Build.props does not give {List} to every project.";
        }

        if (properties.Value.Contains(Diagnostic, StringComparison.Ordinal))
        {
            yield return $"Directory.Build.props mentions {Diagnostic}, which is an error everywhere.";
        }
    }

    /// <summary>Settings in any file except sources that stop the list from applying to a project.</summary>
    public static IEnumerable<string> ProjectViolations(IEnumerable<RepositoryFile> files)
    {
        foreach (RepositoryFile file in files.Where(file => file.Path != "Directory.Build.props"))
        {
            if (file.Name is "Directory.Build.props" or "Directory.Packages.props" && file.Path.Contains('/', StringComparison.Ordinal))
            {
                yield return $"{file.Path} hides the one at the root.";
            }
            else if (IsBuildFile(file) && file.Text.Contains(Diagnostic, StringComparison.Ordinal))
            {
                yield return $"{file.Path} says something about {Diagnostic}, which is an error everywhere.";
            }
            else if (IsBuildFile(file) && Removal().IsMatch(file.Text))
            {
                yield return $"{file.Path} takes the banned symbols out of a project.";
            }
        }
    }

    /// <summary>Exceptions in sources without a reason.</summary>
    public static IEnumerable<string> SourceViolations(IEnumerable<RepositoryFile> sources) =>
        from source in sources
        from line in source.Lines
        where Suppression().IsMatch(line) && !line.Contains("//", StringComparison.Ordinal) && !line.Contains("Justification", StringComparison.Ordinal)
        select $"{source.Path} makes an exception from the banned symbols without a reason on the same line.";

    private static bool IsUnconditional(XElement element) => element.Attribute("Condition") is null;

    private static bool IsBuildFile(RepositoryFile file) =>
        Path.GetExtension(file.Path) is ".csproj" or ".props" or ".targets" or ".editorconfig" or ".globalconfig" or ".ruleset";

    [GeneratedRegex("""<(PackageReference|AdditionalFiles)[^>]*\sRemove\s*=""")]
    private static partial Regex Removal();

    [GeneratedRegex(@"(#pragma\s+warning\s+disable|SuppressMessage).*" + Diagnostic)]
    private static partial Regex Suppression();
}
