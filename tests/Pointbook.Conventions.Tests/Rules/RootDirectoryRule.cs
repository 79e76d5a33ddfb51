namespace Pointbook.Conventions.Tests.Rules;

/// <summary>The root directory holds the files and folders on a fixed list, and nothing else.</summary>
internal static class RootDirectoryRule
{
    private static readonly HashSet<string> Allowed =
    [
        ".ci", ".config", ".dockerignore", ".editorconfig", ".gitattributes", ".github", ".gitignore",
        "BannedSymbols.txt", "CHANGELOG.md", "CONTRIBUTING.md", "Directory.Build.props", "Directory.Packages.props", "LICENSE",
        "Pointbook.slnx", "README.md", "SECURITY.md", "bench", "docs", "global.json", "openapi", "samples", "src", "test.sh", "tests",
    ];

    public static IEnumerable<string> Violations(IEnumerable<string> paths) => paths
        .Select(path => path.Split('/')[0])
        .Distinct()
        .Where(name => !Allowed.Contains(name))
        .Select(name => $"{name} does not belong in the root directory.");
}
