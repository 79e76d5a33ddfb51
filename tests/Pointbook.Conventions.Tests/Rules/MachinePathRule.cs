using System.Text.RegularExpressions;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>No file names a directory that exists on one machine only.</summary>
internal static partial class MachinePathRule
{
    public static IEnumerable<string> Violations(IEnumerable<RepositoryFile> files) =>
        from file in files
        from numbered in file.Lines.Select((line, index) => (Line: line, Number: index + 1))
        let match = MachinePath().Match(numbered.Line)
        where match.Success
        select $"{file.Path}({numbered.Number}) names {match.Value}.";

    [GeneratedRegex("""(?<![\w.}/])/(home|root|Users|work|workspace|workspaces|mnt)/[\w.-]+|\b[A-Za-z]:\\Users\\""")]
    private static partial Regex MachinePath();
}
