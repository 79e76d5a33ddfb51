namespace Pointbook.Server.Tests.Support;

/// <summary>The root directory of the repository.</summary>
internal static class RepositoryRoot
{
    /// <summary>The full path of a file below it.</summary>
    public static string File(string path)
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !System.IO.File.Exists(Path.Combine(directory.FullName, "Pointbook.slnx")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory?.FullName ?? throw new InvalidOperationException("Build these tests inside the repository."), path);
    }
}
