using System.Text.RegularExpressions;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>No code asks which store implements an interface. What callers need of every store is a member of the interface.</summary>
internal static partial class StoreCastRule
{
    /// <summary>The lines with such type tests and casts.</summary>
    public static IEnumerable<string> Violations(IEnumerable<RepositoryFile> sources) =>
        from source in sources
        where source.IsBelow("src")
        from line in source.Lines.Index()
        where Cast().IsMatch(line.Item)
        select $"{source.Path}({line.Index + 1}) asks for a concrete store; make what it needs a member of the interface.";

    [GeneratedRegex(
        @"\b(as|is|is not|case|OfType<|Cast<) ?(Sqlite|Postgres|ReadOnlySqlite)(Store|Journal|AccountStore|KeyStore)\b"
        + @"|(?<!typeof|nameof)\((Sqlite|Postgres|ReadOnlySqlite)(Store|Journal|AccountStore|KeyStore)\)"
        + @"|^\s*(Sqlite|Postgres|ReadOnlySqlite)(Store|Journal|AccountStore|KeyStore)( \w+)? =>")]
    private static partial Regex Cast();
}
