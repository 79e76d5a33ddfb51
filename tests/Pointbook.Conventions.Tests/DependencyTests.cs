using Pointbook.Conventions.Tests.Rules;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests;

public sealed class DependencyTests
{
    public static TheoryData<string> SourceProjects => [.. Repository.SourceProjects.Select(project => project.Name)];

    [Fact]
    public void Projects_depend_inward_only() => Verdict.Holds(DependencyRule.Violations(Repository.Projects));

    [Fact]
    public void The_repository_has_projects_to_check() =>
        Assert.Contains("Pointbook.Ledger", Repository.SourceProjects.Select(project => project.Name));

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void Assemblies_depend_inward_only(string name)
    {
        ProjectFile project = Repository.SourceProjects.Single(candidate => candidate.Name == name);
        Verdict.Holds(DependencyRule.Violations(name, AssemblyFacts.Read(project.AssemblyName).References));
    }

    [Theory]
    [InlineData("Pointbook.Ledger", """<ProjectReference Include="../Pointbook.Engine/Pointbook.Engine.csproj" />""", "the project Pointbook.Engine")]
    [InlineData("Pointbook.Ledger", """<PackageReference Include="Some.Package" />""", "the package Some.Package")]
    [InlineData("Pointbook.Contracts", """<PackageReference Include="Some.Package" />""", "the package Some.Package")]
    [InlineData("Pointbook.Engine", """<ProjectReference Include="..\Pointbook.Storage.Sqlite\Pointbook.Storage.Sqlite.csproj" />""", "the project Pointbook.Storage.Sqlite")]
    [InlineData("Pointbook.Engine", """<PackageReference Include="Microsoft.Data.Sqlite" />""", "the package Microsoft.Data.Sqlite")]
    [InlineData("Pointbook.Storage.Sqlite", """<ProjectReference Include="../Pointbook.Storage.Postgres/Pointbook.Storage.Postgres.csproj" />""", "the project Pointbook.Storage.Postgres")]
    [InlineData("Pointbook.Storage.Sqlite", """<FrameworkReference Include="Microsoft.AspNetCore.App" />""", "the plain SDK only")]
    [InlineData("Pointbook.Client", """<ProjectReference Include="../Pointbook.Ledger/Pointbook.Ledger.csproj" />""", "the project Pointbook.Ledger")]
    [InlineData("Pointbook.Server", """<ProjectReference Include="../../tests/Pointbook.Server.Tests/Pointbook.Server.Tests.csproj" />""", "the project Pointbook.Server.Tests")]
    [InlineData("Pointbook.Unheard", "", "no place in the dependency rule")]
    public void An_outward_dependency_is_reported(string project, string item, string expected)
    {
        string text = $"""<Project Sdk="Microsoft.NET.Sdk"><ItemGroup>{item}</ItemGroup></Project>""";
        Verdict.Names(DependencyRule.Violations([ProjectFile.Parse($"src/{project}/{project}.csproj", text)]), expected);
    }

    [Fact]
    public void A_second_web_project_is_reported() =>
        Verdict.Names(
            DependencyRule.Violations([ProjectFile.Parse("src/Pointbook.Engine/Pointbook.Engine.csproj", """<Project Sdk="Microsoft.NET.Sdk.Web" />""")]),
            "the plain SDK only");

    [Theory]
    [InlineData("Pointbook.Ledger", "Pointbook.Engine")]
    [InlineData("Pointbook.Ledger", "Microsoft.Extensions.Logging.Abstractions")]
    [InlineData("Pointbook.Engine", "Pointbook.Storage.Sqlite")]
    [InlineData("Pointbook.Engine", "Microsoft.Data.Sqlite")]
    [InlineData("Pointbook.Storage.Sqlite", "Microsoft.AspNetCore.Http")]
    [InlineData("Pointbook.Contracts", "Pointbook.Ledger")]
    public void An_outward_assembly_reference_is_reported(string project, string reference) =>
        Verdict.Names(DependencyRule.Violations(project, ["System.Runtime", reference]), reference);

    [Fact]
    public void The_ledger_uses_no_io_clock_or_threads() =>
        Verdict.Holds(LedgerPurityRule.Violations(AssemblyFacts.Read("Pointbook.Ledger").Types));

    [Fact]
    public void The_sources_of_the_ledger_are_pure() =>
        Verdict.Holds(LedgerPurityRule.SourceViolations(Repository.Sources.Where(source => source.IsBelow("src/Pointbook.Ledger"))));

    [Fact]
    public void An_impure_ledger_is_reported()
    {
        Verdict.Names(LedgerPurityRule.Violations(["System.String", "System.IO.File", "System.TimeProvider"]), "System.IO.File", "System.TimeProvider");
        RepositoryFile sample = RepositoryFile.Sample("src/Pointbook.Ledger/Late.cs", "// Task is fine in a comment\npublic async ValueTask WaitAsync()\n");
        Verdict.Names(LedgerPurityRule.SourceViolations([sample]), "async");
    }
}
