using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Server.Analytics;
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

/// <summary>All sections of the configuration that the server reads. The server refuses a misspelled section instead of ignoring it.</summary>
/// <remarks>If the server ignored a misspelled limit on accounts, rates or origins, it would silently allow access.</remarks>
internal static class KnownSections
{
    private const string Storage = "Storage";
    private const string Clock = "Clock";

    // Names of ASP.NET Core: of the host, in HostDefaults and WebHostDefaults, and of the parts that it configures.
    private static readonly HashSet<string> Foreign = new(StringComparer.OrdinalIgnoreCase)
    {
        "AllowedHosts", "applicationName", "captureStartupErrors", "contentRoot", "detailedErrors", "environment", "forwardedHeaders_enabled", "hostBuilder",
        "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "http_ports", "https_ports", "https_port", "Kestrel", "Logging", "Metrics", "preferHostingUrls",
        "preventHostingStartup", "servicesStartConcurrently", "servicesStopConcurrently", "shutdownTimeoutSeconds", "startupAssembly", "startupTimeoutSeconds", "suppressStatusMessages", "urls", "webroot",
    };

    /// <summary>The sections that configure the location of the store and the maximum number of its keys.</summary>
    public static IReadOnlyList<KnownSection> OfStores { get; } = Join(
        KnownSection.Of<KeyOptions>("Keys"),
        KnownSection.Of<StorageOptions>(Storage),
        KnownSection.Of<SqliteStoreOptions>(Storage, except: nameof(SqliteStoreOptions.SkewMax)),
        KnownSection.Of<PostgresStoreOptions>(Storage, except: nameof(PostgresStoreOptions.SkewMax)),
        // Stores, queries and the clock guard share it.
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
        KnownSection.Of<SnapshotWriterOptions>("SnapshotWriter"),
        KnownSection.Of<ReadModelOptions>("ReadModel"),
        KnownSection.Of<SweeperOptions>("Sweeper"),
        KnownSection.Of<QueryOptions>("Query", except: nameof(QueryOptions.SkewMax)),
        KnownSection.Of<TestingOptions>("Testing"),
        KnownSection.Of<BulkOptions>("Bulk"),
        KnownSection.Of<FeedOptions>("Feed"),
        KnownSection.Of<AnalyticsOptions>("Analytics"),
        KnownSection.Of<ExporterOptions>("Analytics"),
    ]);

    /// <summary>Refuses to start with an unknown name or an unreadable value.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="configuration">The configuration from all sources.</param>
    /// <exception cref="StartRefusedException">A name is unknown, or a value is unreadable.</exception>
    public static void Check(string[] args, IConfiguration configuration)
    {
        string[] faults = [.. ArgumentFaults(args), .. Faults(configuration, All)];
        if (faults.Length > 0)
        {
            throw new StartRefusedException(string.Join(Environment.NewLine, faults));
        }
    }

    /// <summary>The section that contains an option: the given one, or the clock's, which several parts share.</summary>
    public static string SectionOf(string option, string section) =>
        All.Single(known => known.Name == section).Options.ContainsKey(option) ? section : Clock;

    /// <summary>Describes the faults of some sections in sentences.</summary>
    public static IEnumerable<string> Faults(IConfiguration configuration, IEnumerable<KnownSection> sections) =>
        sections.SelectMany(section => section.Faults(configuration));

    /// <summary>Finds unknown sections in the arguments. Files and the environment may also serve other programs; arguments serve only this one.</summary>
    private static IEnumerable<string> ArgumentFaults(string[] args)
    {
        foreach (IConfigurationSection section in new ConfigurationBuilder().AddCommandLine(args).Build().GetChildren())
        {
            if (All.FirstOrDefault(known => string.Equals(known.Name, section.Key, StringComparison.OrdinalIgnoreCase)) is { } named)
            {
                if (section.Value is not null)
                {
                    yield return $"{section.Path} is a section and can't have a value. Set one of its options, such as {named.Name}:{named.Options.Keys.First()}.";
                }
            }
            else if (!Foreign.Contains(section.Key))
            {
                yield return $"{Deepest(section).Path} is not an option of the server. Use one of the sections {string.Join(", ", All.Select(known => known.Name))}, "
                    + "or a setting of ASP.NET Core, such as urls, Kestrel and Logging.";
            }
        }
    }

    private static IConfigurationSection Deepest(IConfigurationSection section) => section.GetChildren().FirstOrDefault() is { } child ? Deepest(child) : section;

    private static KnownSection[] Join(params KnownSection[] sections) =>
        [.. sections.GroupBy(section => section.Name).Select(KnownSection.Join).OrderBy(section => section.Name, StringComparer.Ordinal)];
}
