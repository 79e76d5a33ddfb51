using System.Globalization;

namespace Pointbook.Storage.Sqlite;

/// <summary>The file names of a read model. Each generation has a separate file, so that a new one never meets the remains of an old one.</summary>
internal static class ReadModelPaths
{
    public const string Prefix = "pointbook.read-model.";
    private const string Suffix = ".db";

    public static string Of(string directory, long number) => Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number}{Suffix}"));

    /// <summary>The numbers of the existing generations, ascending.</summary>
    public static IReadOnlyList<long> Find(string directory) =>
    [
        .. Directory.EnumerateFiles(directory, $"{Prefix}*{Suffix}")
            .Select(path => Path.GetFileName(path)[Prefix.Length..^Suffix.Length])
            .Select(text => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0)
            .Where(number => number is > 0 and < long.MaxValue)
            .Order(),
    ];
}
