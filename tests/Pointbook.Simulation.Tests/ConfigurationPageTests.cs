using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Simulation.Tests.Documents;
using Pointbook.Simulation.Tests.Moving;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Simulation.Tests;

/// <summary>docs/configuration.md lists every option correctly, and its commands start a server on the directory that they name.</summary>
public sealed partial class ConfigurationPageTests
{
    private static readonly (string Section, object Options)[] All =
    [
        ("Storage", ServerOptions("Storage.StorageOptions")), ("Storage", new SqliteStoreOptions { SkewMax = new QueryOptions().SkewMax }),
        ("Storage", new PostgresStoreOptions()), ("Http", ServerOptions("Hosting.HttpOptions")), ("Health", ServerOptions("Health.HealthOptions")),
        ("Keys", ServerOptions("Keys.KeyOptions")), ("Jwt", ServerOptions("Security.JwtOptions")), ("RateLimits", ServerOptions("RateLimits.RateLimitOptions")),
        ("Cors", ServerOptions("Cors.CorsOptions")), ("Expiry", ServerOptions("Transactions.ExpiryOptions")), ("Holds", ServerOptions("Spends.HoldOptions")),
        ("Idempotency", ServerOptions("Idempotency.IdempotencyOptions")), ("Partition", new PartitionOptions()),
        ("SnapshotWriter", new SnapshotWriterOptions()), ("Sweeper", new SweeperOptions()), ("Operations", new OperationOptions()),
        ("Query", new QueryOptions()), ("Clock", new ClockOptions()), ("Testing", ServerOptions("Clocks.TestingOptions")),
        ("Bulk", ServerOptions("Bulk.BulkOptions")), ("Feed", ServerOptions("JournalFeed.FeedOptions")), ("ReadModel", new ReadModelOptions()),
        ("Analytics", ServerOptions("Analytics.AnalyticsOptions")), ("Analytics", new ExporterOptions()),
    ];

    private static readonly Option[] Options =
    [
        .. from section in All
           from property in section.Options.GetType().GetProperties()
           where property.SetMethod is { IsPublic: true }
           // Stores, queries and the guard of the clock share an option.
           let name = property.Name == nameof(ClockOptions.SkewMax) ? "Clock" : section.Section
           select new Option($"{name}:{property.Name}", property, section.Options),
    ];

    [Fact]
    public void The_page_lists_every_option_with_its_default()
    {
        Assert.Equal(Options.Select(option => (option.Name, option.Default)).Distinct().Order(), MarkdownFile.Configuration.Options.Order());
        Assert.True(MarkdownFile.Configuration.Contains($"`{new SqliteStoreOptions().SkewMax}` with `Sqlite`"), "Clock:SkewMax has another default with Sqlite.");
    }

    [Fact]
    public void The_page_lists_every_bound_with_its_range() =>
        Assert.All(Options.Where(option => option.IsBound && !option.IsOfHttp).GroupBy(option => option.Name), bound =>
        {
            Match range = RangeOf(bound.Key);
            if (range.Groups["least"] is { Success: true, Value: var least })
            {
                AssertEnds(bound, least, -1);
            }

            if (range.Groups["most"] is { Success: true, Value: var most })
            {
                AssertEnds(bound, most, +1);
            }
        });

    [Fact]
    public async Task The_page_lists_the_ranges_of_the_section_Http()
    {
        // The check of these options needs ASP.NET Core, which only the server process has.
        string[] bounds = [.. Options.Where(option => option.IsBound && option.IsOfHttp).Select(option => option.Name)];
        Assert.NotEmpty(bounds);
        using TemporaryDirectory directory = new();
        ExitResult ending = await CommandLine.RunAsync(directory.FullName, [.. bounds.Select(name => $"--{name}=0")]);
        Assert.Equal(1, ending.Code);
        Assert.All(bounds, name =>
        {
            Match range = RangeOf(name);
            Assert.Contains($"{name} must be between {range.Groups["least"]} and {range.Groups["most"]}, but is 0", ending.Errors, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task The_commands_of_the_page_start_a_server()
    {
        Assert.NotEmpty(MarkdownFile.Configuration.Examples);
        foreach (Example example in MarkdownFile.Configuration.Examples)
        {
            using TemporaryDirectory directory = new();
            foreach (string command in example.Commands)
            {
                Match start = StartOfServer().Match(command);
                if (!start.Success)
                {
                    await Shell.RunAsync(command, directory.FullName);
                    continue;
                }

                // exec replaces bash with the server, so that signals reach the server.
                string here = $"{start.Groups["environment"]} exec dotnet exec '{Repository.ServerAssembly}' {start.Groups["options"]} --urls http://127.0.0.1:0";
                await using ServerProcess server = await ServerProcess.StartAsync(ChildProcess.Start("bash", ["-c", here], directory.FullName, Shell.Environment));
                Assert.True(File.Exists(directory.File("points/pointbook.db")), $"'{command}' did not set the directory.\n{server}");
                await server.StopAsync();
            }
        }
    }

    private static Match RangeOf(string name)
    {
        Match range = Range().Match(MarkdownFile.Configuration.Ranges.Single(row => row.Name == name).Range);
        Assert.True(range.Success, $"{name} has no range.");
        return range;
    }

    /// <summary>The end of a range is valid, and the next value beyond it is invalid.</summary>
    private static void AssertEnds(IEnumerable<Option> bound, string end, int step)
    {
        string name = bound.First().Name;
        Assert.True(bound.All(option => !option.IsRefused(end, 0)), $"{name} may not be {end}.");
        Assert.True(bound.Any(option => option.IsRefused(end, step)), $"{name} may be beyond {end}.");
    }

    private static object ServerOptions(string type) =>
        Activator.CreateInstance(Assembly.LoadFrom(Repository.ServerAssembly).GetType($"Pointbook.Server.{type}", throwOnError: true)!)!;

    [GeneratedRegex("^(from `(?<least>[^`]+)` |(`(?<least>[^`]+)`|twice `[^`]+`) … (`(?<most>[^`]+)`|(half|the value) of `[^`]+`) )$")]
    private static partial Regex Range();

    [GeneratedRegex("^(?<environment>([A-Za-z_]+=[^ ]+ )*)pointbook(?<options>( .*)?)$")]
    private static partial Regex StartOfServer();

    [GeneratedRegex(@"(\.\d*?)0+$")]
    private static partial Regex TrailingZeros();

    /// <summary>An option, and one of the types that have it.</summary>
    private sealed record Option(string Name, PropertyInfo Property, object Owner)
    {
        private readonly Type _type = Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

        public bool IsOfHttp => Name.StartsWith("Http:", StringComparison.Ordinal);

        public bool IsBound => _type == typeof(int) || _type == typeof(long) || _type == typeof(TimeSpan);

        public string Default =>
            TrailingZeros().Replace(
                Property.GetValue(Owner) is { } set and not IList<string> ? Convert.ToString(set, CultureInfo.InvariantCulture)! : "none", "$1");

        /// <summary>Whether the check of the options rejects this option's value while the others have their defaults.</summary>
        public bool IsRefused(string text, int step)
        {
            object options = Activator.CreateInstance(Owner.GetType())!;
            Property.SetValue(options, Value(text, step));
            string[] names = [Property.Name, Name];
            return options.GetType().GetMethod("Fault", Type.EmptyTypes)!.Invoke(options, null) is string fault && names.Any(name => fault.StartsWith($"{name} must be ", StringComparison.Ordinal));
        }

        private object Value(string text, int step)
        {
            CultureInfo culture = CultureInfo.InvariantCulture;
            return _type == typeof(TimeSpan) ? TimeSpan.Parse(text, culture) + TimeSpan.FromTicks(step)
                : Convert.ChangeType(long.Parse(text, culture) + step, _type, culture);
        }
    }
}
