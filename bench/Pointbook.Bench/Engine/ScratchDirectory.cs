namespace Pointbook.Bench.Engine;

/// <summary>A new directory that is deleted after use.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    public ScratchDirectory(string parent) => Path = System.IO.Path.Combine(parent, "pointbook-bench-" + Guid.NewGuid().ToString("N")[..8]);

    public string Path { get; }

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
