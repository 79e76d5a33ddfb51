namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>A directory for one test. It is deleted with everything in it.</summary>
internal sealed class TempDirectory : IDisposable
{
    public TempDirectory() => Path = Directory.CreateTempSubdirectory("pointbook-test-").FullName;

    public string Path { get; }

    public string Journal => File("pointbook.db");

    public string AccountStore => File("pointbook.accounts.db");

    /// <summary>The file of the newest generation of the read model.</summary>
    public string ReadModel => ReadModels[^1];

    /// <summary>The files of all generations of the read model, the oldest first.</summary>
    public IReadOnlyList<string> ReadModels => [.. ReadModelPaths.Find(Path).Select(number => ReadModelPaths.Of(Path, number))];

    public string Keys => File("pointbook.keys.db");

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
