using Microsoft.Extensions.Options;
using Pointbook.Engine.Hosting;
using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Clocks;

/// <summary>Gives the server its clock: a real or a test clock, with a guard in both cases.</summary>
internal static class ClockSetup
{
    /// <summary>Adds the clock.</summary>
    public static void AddClock(IServiceCollection services)
    {
        services.AddOptions<ClockOptions>()
            .Configure<IOptions<StorageOptions>>(static (clock, storage) =>
                clock.SkewMax = storage.Value.IsPostgres ? new PostgresStoreOptions().SkewMax : new SqliteStoreOptions().SkewMax)
            .BindConfiguration("Clock")
            .ValidateOnStart();
        services.AddOptions<PostgresStoreOptions>().Configure<IOptions<TestingOptions>>(static (postgres, testing) =>
        {
            if (testing.Value.Clock)
            {
                postgres.TrustClock();
            }
        });
        services.AddSingleton<Uptime>(SystemUptime.Read);
        services.AddSingleton<TestClock>();
        services.AddSingleton(static provider => provider.GetRequiredService<IOptions<TestingOptions>>().Value.Clock
            ? provider.GetRequiredService<TestClock>()
            : TimeProvider.System);
        services.AddSingleton(static provider => new ClockGuard(
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<Uptime>(),
            provider.GetRequiredService<IOptions<ClockOptions>>().Value,
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("Pointbook")));
        services.AddSingleton<ServerClock>();
    }
}
