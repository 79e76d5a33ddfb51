namespace Pointbook.Simulation.Tests.Support;

/// <summary>A directory that is deleted after the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pointbook-simulation-");

    public string FullName => _directory.FullName;

    public string File(string name) => Path.Combine(FullName, name);

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>Copies all files of a directory that has no subdirectories.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from))
        {
            System.IO.File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }
}
