namespace Pointbook.Simulation.Tests.Support;

/// <summary>Where the repository and the server that was built beside these tests are.</summary>
internal static class Repository
{
    /// <summary>The directory of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Debug or Release: how these tests were built.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>The server, built with the same configuration.</summary>
    public static string ServerAssembly { get; } = Path.Combine(
        Root, "src", "Pointbook.Server", "bin", Configuration, new DirectoryInfo(AppContext.BaseDirectory).Name, "pointbook.dll");

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Pointbook.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("These tests have to be built inside the repository.");
    }
}
