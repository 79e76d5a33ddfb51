using System.Diagnostics;

namespace Pointbook.Conventions.Tests.Support;

/// <summary>The repository that the tests were built from.</summary>
internal static class Repository
{
    private const string SolutionFile = "Pointbook.slnx";

    private static readonly string[] NotTracked = [".git", ".idea", ".vs", "bin", "obj", "pointbook-data", "TestResults"];

    /// <summary>The root directory.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The files that git tracks, or would track after git add, with paths from the root.</summary>
    public static IReadOnlyList<RepositoryFile> Files { get; } = [.. ListPaths().Select(path => new RepositoryFile(path, Root))];

    /// <summary>The C# sources.</summary>
    public static IReadOnlyList<RepositoryFile> Sources { get; } = [.. Files.Where(file => file.Path.EndsWith(".cs", StringComparison.Ordinal))];

    /// <summary>The project files.</summary>
    public static IReadOnlyList<ProjectFile> Projects { get; } =
    [
        .. Files
            .Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal))
            .Select(file => ProjectFile.Parse(file.Path, file.Text)),
    ];

    /// <summary>The projects below src.</summary>
    public static IReadOnlyList<ProjectFile> SourceProjects { get; } = [.. Projects.Where(project => project.IsBelow("src"))];

    /// <summary>One file by its path from the root.</summary>
    public static RepositoryFile File(string path) => new(path, Root);

    private static string FindRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(directory.FullName, SolutionFile)))
            {
                return directory.FullName;
            }
        }

        throw new InvalidOperationException($"No directory above {AppContext.BaseDirectory} holds {SolutionFile}.");
    }

    private static List<string> ListPaths()
    {
        List<string> paths = ListByGit() ?? ListByWalking();
        paths.RemoveAll(path => !System.IO.File.Exists(Path.Combine(Root, path)));
        paths.Sort(StringComparer.Ordinal);
        return paths;
    }

    private static List<string>? ListByGit()
    {
        if (!Path.Exists(Path.Combine(Root, ".git")))
        {
            return null;
        }

        ProcessStartInfo start = new("git", ["-C", Root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process git = Process.Start(start)!;
            string output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Distinct()] : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // Git is not installed.
        }
    }

    private static List<string> ListByWalking()
    {
        List<string> paths = [];
        Stack<DirectoryInfo> open = new([new DirectoryInfo(Root)]);
        while (open.TryPop(out DirectoryInfo? directory))
        {
            paths.AddRange(directory.EnumerateFiles().Select(file => Path.GetRelativePath(Root, file.FullName).Replace('\\', '/')));
            foreach (DirectoryInfo child in directory.EnumerateDirectories().Where(child => !NotTracked.Contains(child.Name)))
            {
                open.Push(child);
            }
        }

        return paths;
    }
}
