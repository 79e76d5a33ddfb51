using System.Xml.Linq;
using Pointbook.Conventions.Tests.Rules;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests;

public sealed class ProjectTests
{
    public static TheoryData<string> SourceProjects => [.. Repository.SourceProjects.Select(project => project.AssemblyName)];

    [Fact]
    public void The_solution_contains_every_project() =>
        Verdict.Holds(SolutionRule.Violations(
            XElement.Parse(Repository.File("Pointbook.slnx").Text),
            [.. Repository.Projects.Where(project => project.IsBelow("src") || project.IsBelow("tests") || project.IsBelow("bench")).Select(project => project.Path)]));

    [Fact]
    public void A_project_outside_the_solution_is_reported()
    {
        XElement solution = XElement.Parse("""<Solution><Folder Name="/src/"><Project Path="src/A/A.csproj" /></Folder></Solution>""");
        Verdict.Names(SolutionRule.Violations(solution, ["src/B/B.csproj"]), "src/B/B.csproj is not in", "lists src/A/A.csproj");
    }

    [Fact]
    public void Public_members_below_src_must_be_documented()
    {
        Verdict.Holds(DocumentationRule.SharedViolations(XElement.Parse(Repository.File("Directory.Build.props").Text)));
        Verdict.Holds(DocumentationRule.Violations(Repository.Files));
    }

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void Documentation_is_built(string assembly) =>
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, assembly + ".xml")), $"There is no {assembly}.xml next to the assembly.");

    [Fact]
    public void Turning_documentation_off_is_reported()
    {
        XElement shared = XElement.Parse(
            """
            <Project>
              <PropertyGroup Condition="'$(IsTestProject)' == 'true'"><GenerateDocumentationFile>true</GenerateDocumentationFile></PropertyGroup>
              <PropertyGroup Condition="'$(IsSourceProject)' != 'true'"><NoWarn>CS1591</NoWarn></PropertyGroup>
              <PropertyGroup><NoWarn>$(NoWarn);CS1591</NoWarn><TreatWarningsAsErrors>true</TreatWarningsAsErrors></PropertyGroup>
            </Project>
            """);
        Verdict.Names(DocumentationRule.SharedViolations(shared), "does not set", "suppresses");
        Verdict.Names(
            DocumentationRule.Violations(
            [
                RepositoryFile.Sample("src/A/A.csproj", "<GenerateDocumentationFile>false</GenerateDocumentationFile>"),
                RepositoryFile.Sample("src/A/B.cs", "#pragma warning disable CS1591"),
                RepositoryFile.Sample("tests/A/A.csproj", "<NoWarn>CS1591</NoWarn>"),
            ]),
            "src/A/A.csproj",
            "src/A/B.cs");
    }

    [Fact]
    public void The_root_directory_contains_only_expected_files() => Verdict.Holds(RootDirectoryRule.Violations(Repository.Files.Select(file => file.Path)));

    [Fact]
    public void A_stray_file_in_the_root_directory_is_reported() =>
        Verdict.Names(RootDirectoryRule.Violations(["README.md", "notes.txt", "scratch/a.cs", "scratch/b.cs"]), "notes.txt", "scratch");

    [Fact]
    public void Every_package_has_a_decision() =>
        Verdict.Holds(DecisionRule.Violations(
            XElement.Parse(Repository.File("Directory.Packages.props").Text),
            [.. Repository.Files.Where(file => file.IsBelow("docs/decisions"))]));

    [Fact]
    public void A_package_without_a_decision_is_reported()
    {
        XElement packages = XElement.Parse("""<Project><ItemGroup><PackageVersion Include="Some.Package" Version="1.0.0" /></ItemGroup></Project>""");
        Verdict.Holds(DecisionRule.Violations(packages, [RepositoryFile.Sample("docs/decisions/0001-some.md", "We use `Some.Package`.")]));
        Verdict.Names(
            DecisionRule.Violations(
                packages,
                [
                    RepositoryFile.Sample("docs/decisions/0001-some.md", "We use Some.Package.Abstractions and Some.Packages."),
                    RepositoryFile.Sample("docs/decisions/0001-other.md", ""),
                    RepositoryFile.Sample("docs/decisions/Other.md", ""),
                ]),
            "Some.Package",
            "docs/decisions/Other.md",
            "0001-some.md and 0001-other.md");
    }
}
