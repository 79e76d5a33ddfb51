using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Pointbook.Conventions.Tests.Rules;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests;

public sealed partial class BannedSymbolsTests
{
    /// <summary>One use of each banned symbol, in the order of the list.</summary>
    private const string OneUseOfEach = """
        using System;
        internal static class Uses
        {
            internal static object? M(DateTime time, DateTimeOffset offset, int use) => use switch
            {
                0 => DateTime.Now,
                1 => DateTime.UtcNow,
                2 => DateTime.Today,
                3 => DateTimeOffset.Now,
                4 => DateTimeOffset.UtcNow,
                5 => TimeZoneInfo.Local,
                6 => time.ToLocalTime(),
                7 => offset.ToLocalTime(),
                8 => Random.Shared,
                9 => new Random(),
                _ => new Random(7),
            };
        }
        """;

    [Fact]
    public void Every_project_uses_the_banned_symbols() =>
        Verdict.Holds(BannedSymbolsRule.SharedViolations(XElement.Parse(Repository.File("Directory.Build.props").Text)));

    [Fact]
    public void No_project_removes_the_banned_symbols() => Verdict.Holds(BannedSymbolsRule.ProjectViolations(Repository.Files));

    [Fact]
    public void Exceptions_to_the_banned_symbols_give_a_reason() => Verdict.Holds(BannedSymbolsRule.SourceViolations(Repository.Sources));

    [Fact]
    public void A_project_without_the_banned_symbols_is_reported()
    {
        Verdict.Names(
            BannedSymbolsRule.SharedViolations(XElement.Parse("<Project />")), BannedSymbolsRule.Package, BannedSymbolsRule.List);
        Verdict.Names(
            BannedSymbolsRule.ProjectViolations(
            [
                RepositoryFile.Sample("tests/Directory.Build.props", "<Project />"),
                RepositoryFile.Sample("src/A/A.csproj", """<Project><ItemGroup><AdditionalFiles Remove="x" /></ItemGroup></Project>"""),
                RepositoryFile.Sample("src/B/B.csproj", "<Project><PropertyGroup><NoWarn>RS0030</NoWarn></PropertyGroup></Project>"),
            ]),
            "tests/Directory.Build.props hides",
            "src/A/A.csproj takes",
            "src/B/B.csproj says");
        Verdict.Names(
            BannedSymbolsRule.SourceViolations([RepositoryFile.Sample("src/A/B.cs", "#pragma warning " + "disable RS0030\n")]), "src/A/B.cs");
    }

    [Fact]
    public void Using_a_banned_symbol_is_a_compiler_error()
    {
        string[] banned = [.. Repository.File(BannedSymbolsRule.List).Lines.Where(line => line.Length > 0)];
        int[] lines = Compile(OneUseOfEach);

        // The first use is in the sixth line. The use of a seeded Random after the last banned use is valid.
        Assert.Equal(Enumerable.Range(6, banned.Length), lines);
    }

    /// <summary>Compiles a source with the analyzer and the list, as every build does.</summary>
    /// <returns>The lines in which a banned symbol was found.</returns>
    private static int[] Compile(string source)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pointbook-conventions-");
        try
        {
            string file = Path.Combine(directory.FullName, "Uses.cs");
            File.WriteAllText(file, source);
            string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
            ProcessStartInfo start = new(
                Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
                [
                    "exec", BuildSetting("Compiler"), "-nologo", "-noconfig", "-nostdlib", "-target:library", "-nullable", "-warnaserror",
                    "-out:" + Path.Combine(directory.FullName, "Uses.dll"),
                    "-additionalfile:" + Path.Combine(Repository.Root, BannedSymbolsRule.List),
                    .. Directory.GetFiles(BuildSetting("BannedApiAnalyzers"), "*.dll").Select(analyzer => "-analyzer:" + analyzer),
                    "-reference:" + Path.Combine(runtime, "System.Runtime.dll"),
                    "-reference:" + Path.Combine(runtime, "System.Private.CoreLib.dll"),
                    file,
                ])
            {
                RedirectStandardOutput = true,
            };
            using Process compiler = Process.Start(start)!;
            string output = compiler.StandardOutput.ReadToEnd();
            compiler.WaitForExit();
            Assert.DoesNotContain("error CS", output, StringComparison.Ordinal);
            return [.. Diagnostic().Matches(output).Select(match => int.Parse(match.Groups[1].Value, null)).Order()];
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string BuildSetting(string key) => typeof(BannedSymbolsTests).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;

    [GeneratedRegex(@"Uses\.cs\((\d+),\d+\): error RS0030")]
    private static partial Regex Diagnostic();
}
