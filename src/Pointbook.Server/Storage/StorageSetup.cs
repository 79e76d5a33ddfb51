using Microsoft.Extensions.Options;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Server.Analytics;
using Pointbook.Server.Clocks;
using Pointbook.Server.Health;
using Pointbook.Server.Hosting;
using Pointbook.Server.Idempotency;
using Pointbook.Server.Keys;
using Pointbook.Server.Spends;
using Pointbook.Server.Transactions;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Storage;

/// <summary>Adds the ledger to the server: the engine with the configured store.</summary>
internal static class StorageSetup
{
    /// <summary>Adds the ledger, its options and its health check.</summary>
    public static void AddLedger(WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        AddStoreOptions(services);
        services.AddOptions<PartitionOptions>().BindConfiguration("Partition").ValidateOnStart();
        services.AddOptions<SnapshotWriterOptions>().BindConfiguration("SnapshotWriter").ValidateOnStart();
        services.AddOptions<ReadModelOptions>().BindConfiguration("ReadModel").ValidateOnStart();
        services.AddOptions<SweeperOptions>().BindConfiguration("Sweeper").ValidateOnStart();
        services.AddOptions<QueryOptions>().BindConfiguration("Query").BindConfiguration("Clock").ValidateOnStart();
        services.AddOptions<OperationOptions>().BindConfiguration("Operations").ValidateOnStart();
        services.AddOptions<ExpiryOptions>().BindConfiguration("Expiry").ValidateOnStart();
        services.AddOptions<IdempotencyOptions>().BindConfiguration("Idempotency").ValidateOnStart();
        services.AddOptions<HoldOptions>().BindConfiguration("Holds").ValidateOnStart();
        services.AddOptions<AnalyticsOptions>().BindConfiguration("Analytics").ValidateOnStart();
        services.AddOptions<ExporterOptions>().BindConfiguration("Analytics").ValidateOnStart();
        CheckNamed<PartitionOptions>(services, "Partition", static (options, _) => options.Fault());
        CheckNamed<SnapshotWriterOptions>(services, "SnapshotWriter", static (options, _) => options.Fault());
        CheckNamed<ReadModelOptions>(services, "ReadModel", static (options, _) => options.Fault());
        CheckNamed<SweeperOptions>(services, "Sweeper", static (options, _) => options.Fault());
        CheckNamed<QueryOptions>(services, "Query", static (options, _) => options.Fault());
        CheckNamed<OperationOptions>(services, "Operations", static (options, _) => options.Fault());
        Check<ExpiryOptions>(services, static (options, _) => options.Fault());
        Check<IdempotencyOptions>(services, static (options, _) => options.Fault());
        Check<HoldOptions>(services, static (options, _) => options.Fault());
        Check<AnalyticsOptions>(services, static (options, storage) => options.Fault(storage));
        CheckNamed<ExporterOptions>(services, "Analytics", static (options, _) => options.Fault());
        ClockSetup.AddClock(services);
        // The stores validate the options that they share with it.
        CheckNamed<ClockOptions>(services, "Clock", static (options, _) => options.FaultOfGap());
        services.AddSingleton<LedgerHost>();
        services.AddSingleton<ILedger>(provider => provider.GetRequiredService<LedgerHost>());
        services.AddSingleton<ILedgerQueries>(provider => provider.GetRequiredService<LedgerHost>());
        services.AddTransient(provider => provider.GetRequiredService<LedgerHost>().Feed);
        services.AddHostedService(provider => provider.GetRequiredService<LedgerHost>());
        // After the ledger, which creates a new store.
        services.AddHostedService<KeyHost>();
        services.AddHostedService<AnalyticsHost>();
        services.AddHealthChecks().AddCheck<ClockHealthCheck>(ClockHealthCheck.Name, tags: [HealthRoutes.ReadyTag]);
        services.AddHealthChecks().AddCheck<KeyHealthCheck>("keys", tags: [HealthRoutes.ReadyTag]);
        services.AddHealthChecks().AddCheck<LedgerHealthCheck>("ledger", tags: [HealthRoutes.ReadyTag]);
    }

    /// <summary>Adds the options that locate the store, with their validation.</summary>
    public static void AddStoreOptions(IServiceCollection services)
    {
        services.AddOptions<StorageOptions>().BindConfiguration("Storage").Configure<IConfiguration>(TakeOneConnectionString).ValidateOnStart();
        services.AddOptions<SqliteStoreOptions>().BindConfiguration("Storage").BindConfiguration("Clock").ValidateOnStart();
        services.AddOptions<PostgresStoreOptions>().BindConfiguration("Storage").BindConfiguration("Clock")
            .Configure<IOptions<StorageOptions>>(static (postgres, storage) => postgres.ConnectionStrings = storage.Value.ConnectionStrings)
            .ValidateOnStart();
        Check<StorageOptions>(services, static (options, _) => options.Fault());
        CheckNamed<SqliteStoreOptions>(services, "Storage", static (options, storage) => storage.IsPostgres ? null : options.Fault());
        CheckNamed<PostgresStoreOptions>(services, "Storage", static (options, storage) => storage.IsPostgres ? options.Fault() : null);
    }

    /// <summary>Accepts one database without a number, which the binder would ignore.</summary>
    private static void TakeOneConnectionString(StorageOptions options, IConfiguration configuration)
    {
        if (configuration["Storage:ConnectionStrings"] is { Length: > 0 } only)
        {
            options.ConnectionStrings = [only];
        }
    }

    /// <summary>Validates options that do not know their section: their messages begin with the name of the option, and this method adds the section.</summary>
    private static void CheckNamed<TOptions>(IServiceCollection services, string section, Func<TOptions, StorageOptions, string?> fault)
        where TOptions : class =>
        Check<TOptions>(services, (options, storage) => fault(options, storage) is { } sentence ? $"{KnownSections.SectionOf(sentence.Split(' ')[0], section)}:{sentence}" : null);

    private static void Check<TOptions>(IServiceCollection services, Func<TOptions, StorageOptions, string?> fault)
        where TOptions : class =>
        services.AddSingleton<IValidateOptions<TOptions>>(provider => new FaultValidator<TOptions>(options =>
            fault(options, options as StorageOptions ?? provider.GetRequiredService<IOptions<StorageOptions>>().Value)));
}
