namespace Pointbook.Simulation.Tests.Support;

/// <summary>The paths of the repository and of the server that was built together with these tests.</summary>
internal static class Repository
{
    /// <summary>The directory of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The build configuration of these tests: Debug or Release.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>The server of the same configuration.</summary>
    public static string ServerAssembly { get; } = Path.Combine(
        Root, "src", "Pointbook.Server", "bin", Configuration, new DirectoryInfo(AppContext.BaseDirectory).Name, "pointbook.dll");

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Pointbook.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("Build these tests inside the repository.");
    }
}
