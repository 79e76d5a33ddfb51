using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>A source file is short, or gives the reason for its length in its first lines.</summary>
internal static class FileLengthRule
{
    public const int LinesMax = 400;
    private const int LinesWithReason = 10;
    private const string Reason = "// Long because: ";

    public static IEnumerable<string> Violations(IEnumerable<RepositoryFile> sources) =>
        from source in sources
        let lines = source.Lines
        where lines.Length > LinesMax && !lines.Take(LinesWithReason).Any(GivesReason)
        select $"{source.Path} has {lines.Length} lines; split it, or say why it is long in a line '{Reason}…' at its beginning.";

    private static bool GivesReason(string line) => line.StartsWith(Reason, StringComparison.Ordinal) && line.Length > Reason.Length;
}
