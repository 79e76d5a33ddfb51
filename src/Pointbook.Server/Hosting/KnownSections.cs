using Pointbook.Engine;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Server.Bulk;
using Pointbook.Server.Clocks;
using Pointbook.Server.Cors;
using Pointbook.Server.Health;
using Pointbook.Server.Idempotency;
using Pointbook.Server.JournalFeed;
using Pointbook.Server.Keys;
using Pointbook.Server.RateLimits;
using Pointbook.Server.Security;
using Pointbook.Server.Spends;
using Pointbook.Server.Storage;
using Pointbook.Server.Transactions;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Hosting;

/// <summary>All sections of the configuration that are read, so that one that is misspelt is refused instead of overlooked.</summary>
/// <remarks>A limit on accounts, rates or origins that nobody reads opens a door without a word.</remarks>
internal static class KnownSections
{
    private const string Storage = "Storage";
    private const string Clock = "Clock";

    // ASP.NET Core's own: of the host, in HostDefaults and WebHostDefaults, and of what it sets up.
    private static readonly HashSet<string> Foreign = new(StringComparer.OrdinalIgnoreCase)
    {
        "AllowedHosts", "applicationName", "captureStartupErrors", "contentRoot", "detailedErrors", "environment", "forwardedHeaders_enabled", "hostBuilder",
        "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "http_ports", "https_ports", "https_port", "Kestrel", "Logging", "Metrics", "preferHostingUrls",
        "preventHostingStartup", "servicesStartConcurrently", "servicesStopConcurrently", "shutdownTimeoutSeconds", "startupAssembly", "startupTimeoutSeconds", "suppressStatusMessages", "urls", "webroot",
    };

    /// <summary>The sections that say where the store is, and how many keys it may hold.</summary>
    public static IReadOnlyList<KnownSection> OfStores { get; } = Join(
        KnownSection.Of<KeyOptions>("Keys"),
        KnownSection.Of<StorageOptions>(Storage),
        KnownSection.Of<SqliteStoreOptions>(Storage, except: nameof(SqliteStoreOptions.SkewMax)),
        KnownSection.Of<PostgresStoreOptions>(Storage, except: nameof(PostgresStoreOptions.SkewMax)),
        // Stores, queries and the guard of the clock share it.
        KnownSection.Of<ClockOptions>(Clock));

    /// <summary>All sections.</summary>
    public static IReadOnlyList<KnownSection> All { get; } = Join(
    [
        .. OfStores,
        KnownSection.Of<HttpOptions>("Http"),
        KnownSection.Of<HealthOptions>("Health"),
        KnownSection.Of<JwtOptions>("Jwt"),
        KnownSection.Of<RateLimitOptions>("RateLimits"),
        KnownSection.Of<CorsOptions>("Cors"),
        KnownSection.Of<ExpiryOptions>("Expiry"),
        KnownSection.Of<HoldOptions>("Holds"),
        KnownSection.Of<IdempotencyOptions>("Idempotency"),
        KnownSection.Of<PartitionOptions>("Partition"),
        KnownSection.Of<OperationOptions>("Operations"),
        KnownSection.Of<ProjectorOptions>("Projector"),
        KnownSection.Of<SweeperOptions>("Sweeper"),
        KnownSection.Of<QueryOptions>("Query", except: nameof(QueryOptions.SkewMax)),
        KnownSection.Of<TestingOptions>("Testing"),
        KnownSection.Of<BulkOptions>("Bulk"),
        KnownSection.Of<FeedOptions>("Feed"),
    ]);

    /// <summary>Refuses to start with what is misspelt, or cannot be read as what it should be.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="configuration">Everything that is configured, wherever.</param>
    /// <exception cref="StartRefusedException">Something is.</exception>
    public static void Check(string[] args, IConfiguration configuration)
    {
        string[] faults = [.. ArgumentFaults(args), .. Faults(configuration, All)];
        if (faults.Length > 0)
        {
            throw new StartRefusedException(string.Join(Environment.NewLine, faults));
        }
    }

    /// <summary>The section that holds an option: the one given, or the clock's, which several parts share.</summary>
    public static string SectionOf(string option, string section) =>
        All.Single(known => known.Name == section).Options.ContainsKey(option) ? section : Clock;

    /// <summary>What is wrong within some sections, in sentences.</summary>
    public static IEnumerable<string> Faults(IConfiguration configuration, IEnumerable<KnownSection> sections) =>
        sections.SelectMany(section => section.Faults(configuration));

    /// <summary>What is wrong with the sections that arguments name. Files and the environment may be for other programs as well, arguments are for this one.</summary>
    private static IEnumerable<string> ArgumentFaults(string[] args)
    {
        foreach (IConfigurationSection section in new ConfigurationBuilder().AddCommandLine(args).Build().GetChildren())
        {
            if (All.FirstOrDefault(known => string.Equals(known.Name, section.Key, StringComparison.OrdinalIgnoreCase)) is { } named)
            {
                if (section.Value is not null)
                {
                    yield return $"{section.Path} is a section of options and takes no value; name one of its options, such as {named.Name}:{named.Options.Keys.First()}.";
                }
            }
            else if (!Foreign.Contains(section.Key))
            {
                yield return $"{Deepest(section).Path} is no option of the server; use one of the sections {string.Join(", ", All.Select(known => known.Name))}, "
                    + "or one of ASP.NET Core's, such as urls, Kestrel and Logging.";
            }
        }
    }

    private static IConfigurationSection Deepest(IConfigurationSection section) => section.GetChildren().FirstOrDefault() is { } child ? Deepest(child) : section;

    private static KnownSection[] Join(params KnownSection[] sections) =>
        [.. sections.GroupBy(section => section.Name).Select(KnownSection.Join).OrderBy(section => section.Name, StringComparer.Ordinal)];
}
