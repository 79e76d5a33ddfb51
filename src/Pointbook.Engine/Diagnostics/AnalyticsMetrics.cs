using System.Diagnostics.Metrics;

namespace Pointbook.Engine.Diagnostics;

/// <summary>The metrics of a partition's exporter, under the meter <c>Pointbook.Engine</c>.</summary>
internal sealed class AnalyticsMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _entries;
    private long _hadAllAt;
    private volatile bool _hasAll;

    public AnalyticsMetrics(int partition, TimeProvider clock)
    {
        _hadAllAt = clock.GetTimestamp();
        _meter = new Meter("Pointbook.Engine", null, [new KeyValuePair<string, object?>("partition", partition)]);
        _entries = _meter.CreateCounter<long>("pointbook.analytics.entries", "{entry}", "Entries written to the analytics tables.");
        _meter.CreateObservableGauge(
            "pointbook.analytics.lag",
            () => _hasAll ? 0 : clock.GetElapsedTime(Volatile.Read(ref _hadAllAt)).TotalSeconds,
            "s",
            "Time since the analytics tables last contained the whole journal, or since the exporter started.");
    }

    /// <summary>Records that the tables contained the whole journal at this timestamp of the clock.</summary>
    public void HadAllAt(long timestamp)
    {
        Volatile.Write(ref _hadAllAt, timestamp);
        _hasAll = false;
    }

    /// <summary>Records that the tables contain the whole journal from now on, until the next call of <see cref="HadAllAt"/>.</summary>
    public void HasAll() => _hasAll = true;

    public void Exported(long entries) => _entries.Add(entries);

    public void Dispose() => _meter.Dispose();
}
