using System.Net.NetworkInformation;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pointbook.Simulation.Tests.Documents;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests;

/// <summary>
/// The README is correct. The test runs its blocks of <c>sh</c> in order, each command by itself. The command that starts the server runs until
/// the end. The test skips the command that runs the tests. All others must print the <c>text</c> or <c>json</c> that follows.
/// </summary>
public sealed partial class ReadmeTests : IDisposable
{
    private const string StartServer = "dotnet run --project src/Pointbook.Server";
    private const string RunProgram = StartServer + " -- ";
    private const string RunTests = "./test.sh";
    private const int Port = 5080;
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task The_commands_of_the_page_print_the_documented_output()
    {
        Assert.True(
            IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().All(listener => listener.Port != Port),
            $"Port {Port}, which the README names, is taken by another program; stop that program and run this test again.");
        Assert.Equal([StartServer], MarkdownFile.Readme.Examples[0].Commands);

        // Not the directory of the README, because a developer may have data there.
        await using ChildProcess server = ChildProcess.Start(
            "bash",
            ["-c", StartServer],
            Repository.Root,
            [.. Shell.Environment, new("Storage__Directory", _directory.FullName), new("Configuration", Repository.Configuration)]);
        Assert.Equal($"http://127.0.0.1:{Port}", await server.WaitForAsync("Listening on ", Deadline.Long));
        foreach (Example example in MarkdownFile.Readme.Examples.Skip(1).Where(example => example.Commands[0] != RunTests))
        {
            await AssertPrintsAsync(example);
        }
    }

    [Fact]
    public async Task The_test_script_can_be_run()
    {
        Assert.Contains(MarkdownFile.Readme.Examples, example => example.Commands is [RunTests]);
        Assert.Equal("executable", await Shell.RunAsync($"test -x {RunTests} && echo executable", Repository.Root));
    }

    [Fact]
    public void The_options_of_the_readme_have_the_documented_defaults()
    {
        Assert.NotEmpty(MarkdownFile.Readme.Options);
        Assert.Subset(MarkdownFile.Configuration.Options.ToHashSet(), MarkdownFile.Readme.Options.ToHashSet());
        // The test of the commands starts the server without options, so the README must name the default address.
        Assert.True(MarkdownFile.Readme.Contains($"| `urls` | `http://127.0.0.1:{Port}` |"), "The README has another default of urls.");
    }

    [Fact]
    public void The_snippet_of_the_readme_is_part_of_a_sample() =>
        Assert.Contains(Assert.Single(MarkdownFile.Readme.Snippets), File.ReadAllText(Path.Combine(Repository.Root, "samples", "Spend.cs")), StringComparison.Ordinal);

    public void Dispose() => _directory.Dispose();

    private async Task AssertPrintsAsync(Example example)
    {
        List<string> printed = [];
        foreach (string command in example.Commands)
        {
            // The test does not build again, and uses its own data directory.
            string here = command.Replace(RunProgram, $"dotnet exec '{Repository.ServerAssembly}' ", StringComparison.Ordinal);
            printed.Add(await Shell.RunAsync(
                "bash", ["-c", here], _directory.FullName, [.. Shell.Environment, new("Storage__Directory", _directory.FullName)]));
        }

        string output = string.Join('\n', printed.Where(text => text.Length > 0));
        Assert.NotNull(example.Output);
        if (example.IsJson)
        {
            Assert.Equal(Normalize(example.Output), Normalize(output));
        }
        else
        {
            Assert.Equal(example.Output, output);
        }
    }

    /// <summary>JSON without its layout and without the times of the run.</summary>
    private static string Normalize(string json) => Moment().Replace(JsonNode.Parse(json)!.ToJsonString(), "\"$1\":\"…\"");

    [GeneratedRegex("\"(recordedAt|asOf)\":\"[^\"]*\"")]
    private static partial Regex Moment();
}
