using System.Globalization;

namespace Pointbook.Storage.Sqlite;

/// <summary>The file names of a read model. Each generation has a separate file, so that a new one never meets the remains of an old one.</summary>
internal static class ReadModelPaths
{
    public const string Prefix = "pointbook.read-model.";
    private const string Suffix = ".db";

    /// <summary>The endings of the files of a generation, in the order in which they are deleted: without the first one, the others mean nothing.</summary>
    private static readonly string[] Endings = [Suffix, Suffix + "-wal", Suffix + "-shm", Suffix + "-journal"];

    public static string Of(string directory, long number) => Path.Combine(directory, NameOf(number, Suffix));

    /// <summary>All files that a generation may have.</summary>
    /// <param name="path">The path of <see cref="Of"/>.</param>
    public static IEnumerable<string> AllOf(string path) => Endings.Select(ending => path + ending[Suffix.Length..]);

    /// <summary>The numbers of the existing generations, ascending.</summary>
    public static IReadOnlyList<long> Find(string directory) =>
        [.. FindAll(directory).Where(file => file.Path.EndsWith(Suffix, StringComparison.Ordinal)).Select(file => file.Number).Order()];

    /// <summary>All files of generations, with their numbers. Files whose names Pointbook does not write are not among them.</summary>
    public static IReadOnlyList<(string Path, long Number)> FindAll(string directory) =>
    [
        .. from path in Directory.EnumerateFiles(directory, $"{Prefix}*")
           let number = NumberOf(Path.GetFileName(path))
           where number > 0
           select (path, number),
    ];

    private static long NumberOf(string name)
    {
        string digits = name[Prefix.Length..].Split('.')[0];
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number is > 0 and < long.MaxValue
            && Endings.Any(ending => name == NameOf(number, ending))
            ? number
            : 0;
    }

    private static string NameOf(long number, string ending) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number}{ending}");
}
