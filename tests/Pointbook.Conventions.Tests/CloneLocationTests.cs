using System.Diagnostics;
using Pointbook.Conventions.Tests.Support;

namespace Pointbook.Conventions.Tests;

/// <summary>A clone builds in any directory.</summary>
public sealed class CloneLocationTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pointbook-clone-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("src/pointbook", "tests/A.Tests", true)]
    [InlineData("src", "tests/A.Tests", true)]
    [InlineData("src", "bench/A", true)]
    [InlineData("src/pointbook", "src/A", false)]
    [InlineData("pointbook", "src/A", false)]
    [InlineData("pointbook", "tests/src", true)]
    public async Task Only_projects_below_src_must_document_public_members(string clone, string project, bool isAllowed)
    {
        string root = Path.Combine(_directory.FullName, clone);
        string directory = Path.Combine(root, project);
        Directory.CreateDirectory(directory);
        foreach (string file in new[] { "Directory.Build.props", "Directory.Packages.props", "global.json" })
        {
            File.Copy(Path.Combine(Repository.Root, file), Path.Combine(root, file));
        }

        string path = Path.Combine(directory, Path.GetFileName(project) + ".csproj");
        await File.WriteAllTextAsync(path, """<Project Sdk="Microsoft.NET.Sdk" />""", TestContext.Current.CancellationToken);
        string[] suppressed = (await EvaluateAsync(path, "NoWarn")).Split(';', StringSplitOptions.TrimEntries);
        Assert.Equal(isAllowed, suppressed.Contains("CS1591"));
    }

    private static async Task<string> EvaluateAsync(string project, string property)
    {
        ProcessStartInfo start = new("dotnet", ["msbuild", project, "-getProperty:" + property]) { RedirectStandardOutput = true };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        using Process build = Process.Start(start)!;
        string output = await build.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await build.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(build.ExitCode == 0, output);
        return output;
    }
}
