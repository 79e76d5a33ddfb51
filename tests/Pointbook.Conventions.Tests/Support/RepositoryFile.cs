namespace Pointbook.Conventions.Tests.Support;

/// <summary>A file and its path from the root, with slashes.</summary>
internal sealed class RepositoryFile
{
    private readonly Lazy<string> _text;

    public RepositoryFile(string path, string root)
    {
        Path = path;
        _text = new Lazy<string>(() => File.ReadAllText(System.IO.Path.Combine(root, path)));
    }

    private RepositoryFile(string path, Lazy<string> text) => (Path, _text) = (path, text);

    public string Path { get; }

    public string Text => _text.Value;

    public string Name => System.IO.Path.GetFileName(Path);

    public string[] Lines => Text.TrimEnd('\n').Split('\n');

    /// <summary>A file that exists only in a test.</summary>
    public static RepositoryFile Sample(string path, string text) => new(path, new Lazy<string>(text));

    public bool IsBelow(string directory) => Path.StartsWith(directory + "/", StringComparison.Ordinal);
}
