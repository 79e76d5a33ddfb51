using System.Globalization;
using System.Net.NetworkInformation;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pointbook.Engine;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Simulation.Tests.Documents;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Simulation.Tests;

/// <summary>
/// The README does what it says. Its blocks of <c>sh</c> are run in order, each command by itself: the one that starts the server runs until
/// the end, the one that runs the tests is not run again, and all others have to print the <c>text</c> or <c>json</c> that follows.
/// </summary>
public sealed partial class ReadmeTests : IDisposable
{
    private const string StartServer = "dotnet run --project src/Pointbook.Server";
    private const string RunProgram = StartServer + " -- ";
    private const string RunTests = "./test.sh";
    private const int Port = 5080;
    private readonly TemporaryDirectory _directory = new();

    [Fact]
    public async Task Its_commands_print_what_it_says()
    {
        Assert.True(
            IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().All(listener => listener.Port != Port),
            $"Port {Port}, which the README names, is taken by another program; stop that program and run this test again.");
        Assert.Equal([StartServer], MarkdownFile.Readme.Examples[0].Commands);

        // The data goes elsewhere than the README says, because there may be some that somebody needs.
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
    public async Task Its_test_script_can_be_run()
    {
        Assert.Contains(MarkdownFile.Readme.Examples, example => example.Commands is [RunTests]);
        Assert.Equal("executable", await Shell.RunAsync($"test -x {RunTests} && echo executable", Repository.Root));
    }

    [Fact]
    public void It_lists_every_option_with_its_default()
    {
        IEnumerable<(string, string)> options = new[]
        {
            Options("Storage", ServerOptions("Storage.StorageOptions")), Options("Storage", new SqliteStoreOptions { SkewMax = new QueryOptions().SkewMax }),
            Options("Storage", new PostgresStoreOptions()), Options("Http", ServerOptions("Hosting.HttpOptions")),
            Options("Health", ServerOptions("Health.HealthOptions")), Options("Keys", ServerOptions("Keys.KeyOptions")), Options("Jwt", ServerOptions("Security.JwtOptions")),
            Options("RateLimits", ServerOptions("RateLimits.RateLimitOptions")), Options("Cors", ServerOptions("Cors.CorsOptions")),
            Options("Expiry", ServerOptions("Transactions.ExpiryOptions")), Options("Holds", ServerOptions("Spends.HoldOptions")),
            Options("Idempotency", ServerOptions("Idempotency.IdempotencyOptions")),
            Options("Partition", new PartitionOptions()), Options("SnapshotWriter", new SnapshotWriterOptions()),
            Options("Sweeper", new SweeperOptions()),
            Options("Operations", new OperationOptions()), Options("Query", new QueryOptions()),
            Options("Clock", new ClockOptions()), Options("Testing", ServerOptions("Clocks.TestingOptions")),
            Options("Bulk", ServerOptions("Bulk.BulkOptions")), Options("Feed", ServerOptions("JournalFeed.FeedOptions")),
            Options("ReadModel", new ReadModelOptions()),
            Options("Analytics", ServerOptions("Analytics.AnalyticsOptions")), Options("Analytics", new ExporterOptions()),
        }.SelectMany(section => section);

        // Stores, queries and the guard of the clock share options.
        Assert.Equal(options.Distinct().Order(), MarkdownFile.Readme.Options.Order());
        Assert.Contains($"`{new SqliteStoreOptions().SkewMax}` with `Sqlite`", File.ReadAllText(Path.Combine(Repository.Root, "README.md")), StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private async Task AssertPrintsAsync(Example example)
    {
        List<string> printed = [];
        foreach (string command in example.Commands)
        {
            // What is built already is not built again; the data is where the server has it.
            string here = command.Replace(RunProgram, $"dotnet exec '{Repository.ServerAssembly}' ", StringComparison.Ordinal);
            printed.Add(await Shell.RunAsync(
                "bash", ["-c", here], _directory.FullName, [.. Shell.Environment, new("Storage__Directory", _directory.FullName)]));
        }

        string output = string.Join('\n', printed.Where(text => text.Length > 0));
        Assert.NotNull(example.Output);
        if (example.IsJson)
        {
            Assert.Equal(Comparable(example.Output), Comparable(output));
        }
        else
        {
            Assert.Equal(example.Output, output);
        }
    }

    /// <summary>JSON without its layout, and without the times at which the example was run.</summary>
    private static string Comparable(string json) => Moment().Replace(JsonNode.Parse(json)!.ToJsonString(), "\"$1\":\"…\"");

    private static object ServerOptions(string type) =>
        Activator.CreateInstance(Assembly.LoadFrom(Repository.ServerAssembly).GetType($"Pointbook.Server.{type}", throwOnError: true)!)!;

    private static IEnumerable<(string Name, string Default)> Options(string section, object options) =>
        from property in options.GetType().GetProperties()
        where property.SetMethod is { IsPublic: true }
        let name = property.Name == nameof(SqliteStoreOptions.SkewMax) ? "Clock" : section
        let value = property.GetValue(options) is { } set and not IList<string> ? Convert.ToString(set, CultureInfo.InvariantCulture)! : "none"
        select ($"{name}:{property.Name}", TrailingZeros().Replace(value, "$1"));

    [GeneratedRegex(@"(\.\d*?)0+$")]
    private static partial Regex TrailingZeros();

    [GeneratedRegex("\"(recordedAt|asOf)\":\"[^\"]*\"")]
    private static partial Regex Moment();
}
