using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;

namespace Pointbook.Engine.Analytics;

/// <summary>The exporters of all partitions that this process hosts, and the tables that they fill.</summary>
public sealed class AnalyticsExport : IAsyncDisposable
{
    /// <summary>How long a stop waits for the rounds in progress. A database that does not answer delays it no longer.</summary>
    public static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(2);

    private readonly IAnalyticsStore _store;
    private readonly AnalyticsParts _parts;
    private readonly IReadOnlyList<AnalyticsExporter> _exporters;
    private readonly SemaphoreSlim _turns;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private Task? _stop;
    private bool _isDisposed;

    /// <summary>Creates the exporters; <see cref="Start"/> starts them.</summary>
    /// <param name="journals">The journals to export.</param>
    /// <param name="store">The tables. The export disposes of them.</param>
    /// <param name="parts">The other dependencies.</param>
    public AnalyticsExport(IEnumerable<FollowedJournal> journals, IAnalyticsStore store, AnalyticsParts parts)
    {
        ArgumentNullException.ThrowIfNull(journals);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Options.Fault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(parts));
        }

        _store = store;
        _parts = parts;
        _turns = new SemaphoreSlim(parts.Options.RoundsInFlightMax);
        _exporters = [.. journals.Select(journal => new AnalyticsExporter(journal, store, parts, _turns))];
    }

    /// <summary>Starts the exporters. It does not wait and does not fail.</summary>
    public void Start() => _running = Task.WhenAll(_exporters.Select(exporter => Task.Run(() => exporter.RunAsync(_stopping.Token), CancellationToken.None)));

    /// <summary>Stops after the transactions in progress, or after <see cref="StopWithin"/>. The next start exports the rest. A repeated call waits for the same stop.</summary>
    public Task StopAsync() => _stop ??= StopOnceAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await StopAsync().ConfigureAwait(false);
        foreach (AnalyticsExporter exporter in _exporters)
        {
            exporter.Dispose();
        }

        if (_running.IsCompleted)
        {
            // Otherwise an unresponsive database is in use, and closing it could take as long.
            await _store.DisposeAsync().ConfigureAwait(false);
            _turns.Dispose();
            _stopping.Dispose();
        }
    }

    private async Task StopOnceAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        try
        {
            await _running.WaitAsync(StopWithin, _parts.Clock, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _parts.Logger.AnalyticsLeftBehind(StopWithin);
        }
    }
}
