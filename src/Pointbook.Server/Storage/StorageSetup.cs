using Microsoft.Extensions.Options;
using Pointbook.Engine;
using Pointbook.Engine.Partitions;
using Pointbook.Engine.Projection;
using Pointbook.Server.Health;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Storage;

/// <summary>Puts the ledger under the server: the engine on the embedded store.</summary>
internal static class StorageSetup
{
    /// <summary>Adds the ledger, its options and its health check.</summary>
    public static void AddLedger(WebApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        services.AddOptions<SqliteStoreOptions>().BindConfiguration("Storage").BindConfiguration("Clock").ValidateOnStart();
        services.AddOptions<PartitionOptions>().BindConfiguration("Partition").ValidateOnStart();
        services.AddOptions<ProjectorOptions>().BindConfiguration("Projector").ValidateOnStart();
        services.AddSingleton<IValidateOptions<SqliteStoreOptions>>(new FaultValidator<SqliteStoreOptions>(options => options.Fault()));
        services.AddSingleton<IValidateOptions<PartitionOptions>>(new FaultValidator<PartitionOptions>(options => options.Fault()));
        services.AddSingleton<IValidateOptions<ProjectorOptions>>(new FaultValidator<ProjectorOptions>(options => options.Fault()));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<LedgerHost>();
        services.AddSingleton<ILedger>(provider => provider.GetRequiredService<LedgerHost>());
        services.AddHostedService(provider => provider.GetRequiredService<LedgerHost>());
        services.AddHealthChecks().AddCheck<LedgerHealthCheck>("ledger", tags: [HealthRoutes.ReadyTag]);
    }
}
