using System.Xml.Linq;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>The solution contains every project, so that building the solution builds everything.</summary>
internal static class SolutionRule
{
    public static IEnumerable<string> Violations(XElement solution, IReadOnlyCollection<string> projectPaths)
    {
        HashSet<string> listed = [.. solution.Descendants("Project").Select(project => project.Attribute("Path")!.Value.Replace('\\', '/'))];
        return
        [
            .. projectPaths.Where(path => !listed.Contains(path)).Select(path => $"{path} is not in Pointbook.slnx."),
            .. listed.Where(path => !projectPaths.Contains(path)).Select(path => $"Pointbook.slnx lists {path}, which is not there."),
        ];
    }
}
