using System.Text.RegularExpressions;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>The stores and the engine do not mention the names that the server or its command line gives to options.</summary>
internal static partial class OptionNameRule
{
    private static readonly string[] Below =
        ["src/Pointbook.Ledger", "src/Pointbook.Access", "src/Pointbook.Engine", "src/Pointbook.Storage.Sqlite", "src/Pointbook.Storage.Postgres"];

    /// <summary>The text literals that name an option.</summary>
    public static IEnumerable<string> Violations(IEnumerable<RepositoryFile> sources) =>
        from source in sources
        where Below.Any(source.IsBelow)
        from line in source.Lines.Index()
        where OptionName().IsMatch(line.Item)
        select $"{source.Path}({line.Index + 1}) names an option; the server adds what it is called there.";

    // A text literal that contains Section:Option or --option.
    [GeneratedRegex("""^(?!\s*//)[^"]*"([^"]*\W)?([A-Z][A-Za-z]+:[A-Z][A-Za-z]+|--[A-Za-z]{2,})""")]
    private static partial Regex OptionName();
}
