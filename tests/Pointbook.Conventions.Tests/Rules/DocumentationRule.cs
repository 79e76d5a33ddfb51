using System.Xml.Linq;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>Everything public below src is documented: a missing comment is an error, and no file turns that off. Elsewhere names are enough.</summary>
internal static class DocumentationRule
{
    private const string Switch = "GenerateDocumentationFile";
    private const string Diagnostic = "1591";

    /// <summary>The violations in the properties file that all projects share.</summary>
    public static IEnumerable<string> SharedViolations(XElement properties)
    {
        XElement[] groups = [.. properties.Elements("PropertyGroup").Where(group => !IsForTests(group))];
        if (!groups.Elements(Switch).Any(value => value.Value == "true"))
        {
            yield return $"Directory.Build.props does not set {Switch} below src.";
        }

        if (groups.Elements().Where(value => value.Name.LocalName is "NoWarn" or "WarningsNotAsErrors").Any(value => value.Value.Contains(Diagnostic, StringComparison.Ordinal)))
        {
            yield return $"Directory.Build.props suppresses CS{Diagnostic} outside of the tests.";
        }

        if (!groups.Elements("TreatWarningsAsErrors").Any(value => value.Value == "true"))
        {
            yield return "Directory.Build.props does not treat warnings as errors.";
        }
    }

    /// <summary>Lines below src and in editor configurations that turn the error off.</summary>
    public static IEnumerable<string> Violations(IEnumerable<RepositoryFile> files) =>
        from file in files
        where file.IsBelow("src") || file.Name == ".editorconfig"
        from line in file.Lines
        where (line.Contains("CS" + Diagnostic, StringComparison.Ordinal) && !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            || (line.Contains(Switch, StringComparison.Ordinal) && line.Contains("false", StringComparison.OrdinalIgnoreCase))
        select $"{file.Path} turns off documentation: {line.Trim()}";

    private static bool IsForTests(XElement group) =>
        group.Attribute("Condition")?.Value is { } condition
        && (condition.Contains("IsTestProject", StringComparison.Ordinal)
            || condition == "'$(IsSourceProject)' != 'true'");
}
