using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pointbook.Simulation.Tests.Documents;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests;

/// <summary>docs/api.md is correct: the test runs its commands in order on a new server, and they print the output below them.</summary>
public sealed partial class ApiPageTests : IDisposable
{
    private const string AddressOfPage = "http://127.0.0.1:5080";
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task The_commands_of_the_page_print_the_documented_output()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(_directory.File("pointbook-data"));
        string address = server.Address.ToString().TrimEnd('/');
        foreach (Example example in MarkdownFile.Api.Examples)
        {
            List<string> printed = [];
            foreach (string command in example.Commands)
            {
                printed.Add(await Shell.RunAsync(command.Replace(AddressOfPage, address, StringComparison.Ordinal), _directory.FullName));
            }

            AssertSame(example, string.Join('\n', printed).Trim());
        }
    }

    public void Dispose() => _directory.Dispose();

    private static void AssertSame(Example example, string printed)
    {
        Assert.NotNull(example.Output);
        if (example.IsJson)
        {
            Assert.Equal(Normalize(example.Output), Normalize(printed));
        }
        else
        {
            Assert.Equal(example.Output, printed);
        }
    }

    /// <summary>JSON without its layout and without the times of the run.</summary>
    private static string Normalize(string json) => Moment().Replace(JsonNode.Parse(json)!.ToJsonString(), "\"$1\":\"…\"");

    [GeneratedRegex("\"(recordedAt|asOf|knownAt|holdUntil)\":\"[^\"]*\"")]
    private static partial Regex Moment();
}
