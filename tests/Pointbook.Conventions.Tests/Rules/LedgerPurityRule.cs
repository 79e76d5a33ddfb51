using System.Text.RegularExpressions;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests.Rules;

/// <summary>The rules of the ledger are pure: they use no I/O, no clock, no threads and nothing asynchronous.</summary>
internal static partial class LedgerPurityRule
{
    private static readonly string[] Namespaces =
    [
        "System.Data", "System.IO", "System.Net", "System.Threading", "System.Timers", "Microsoft",
    ];

    private static readonly string[] Types =
    [
        "System.Activator", "System.Console", "System.DateTime", "System.Random", "System.TimeProvider", "System.TimeZoneInfo",
        "System.Diagnostics.Process", "System.Diagnostics.Stopwatch",
        "System.Collections.Generic.IAsyncEnumerable`1", "System.Collections.Generic.IAsyncEnumerator`1",
    ];

    public static IEnumerable<string> Violations(IEnumerable<string> types) => types
        .Where(type => Types.Contains(type) || Namespaces.Any(banned => type.StartsWith(banned + ".", StringComparison.Ordinal)))
        .Select(type => $"The rules of the ledger must not use {type}.");

    public static IEnumerable<string> SourceViolations(IEnumerable<RepositoryFile> sources) =>
        from source in sources
        from line in source.Lines
        let code = Comment().Replace(line, "")
        let match = ImpureType().Match(code)
        where match.Success
        select $"{source.Path} uses {match.Value.Trim()}, and the rules of the ledger are pure.";

    [GeneratedRegex(@"\s*//.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\b(async|await|Task|ValueTask|Thread|Lock|TimeProvider|Stopwatch|Environment|File|Stream|HttpClient|DllImport|UtcNow|Guid\.NewGuid)\b|\bSystem\.(IO|Net|Threading)\b")]
    private static partial Regex ImpureType();
}
