using Microsoft.Extensions.Options;
using Pointbook.Engine.Analytics;
using Pointbook.Server.Clocks;
using Pointbook.Server.Storage;
using Pointbook.Storage.Postgres.Analytics;

namespace Pointbook.Server.Analytics;

/// <summary>Runs the export to analytics tables, if enabled, while the ledger runs. It delays neither the ledger's start nor its stop.</summary>
internal sealed class AnalyticsHost(
    LedgerHost ledger, IOptions<AnalyticsOptions> options, IOptions<ExporterOptions> exporterOptions, ServerClock clock, ILoggerFactory loggers)
    : IHostedService, IAsyncDisposable
{
    private AnalyticsExport? _export;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Enabled)
        {
            _export = Create();
            _export.Start();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => _export?.StopAsync() ?? Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _export?.DisposeAsync() ?? ValueTask.CompletedTask;

    private AnalyticsExport Create()
    {
        ILogger logger = loggers.CreateLogger("Pointbook.Analytics");
        IAnalyticsStore store = string.IsNullOrEmpty(options.Value.ConnectionString)
            ? ledger.Opened.CreateAnalytics(options.Value.FileOrDefault)
            : PostgresAnalytics.Create(options.Value.ConnectionString, logger);
        return new AnalyticsExport(
            ledger.Journals,
            store,
            new AnalyticsParts { Clock = clock.Guard, Logger = logger, Damage = ledger.Damage, Options = exporterOptions.Value });
    }
}
