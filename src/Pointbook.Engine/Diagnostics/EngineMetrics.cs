using System.Diagnostics.Metrics;

namespace Pointbook.Engine.Diagnostics;

/// <summary>The metrics of a partition, under the meter <c>Pointbook.Engine</c>. Thread-safe.</summary>
internal sealed class EngineMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _commits;
    private readonly Counter<long> _entries;
    private readonly Counter<long> _decidedAgain;
    private readonly Counter<long> _evicted;
    private readonly Histogram<int> _batchSize;

    public EngineMetrics(int partition, Func<int> waiting, Func<long> readModelLag)
    {
        _meter = new Meter("Pointbook.Engine", null, [new KeyValuePair<string, object?>("partition", partition)]);
        _commits = _meter.CreateCounter<long>("pointbook.commits", "{commit}", "Commits appended to the journal.");
        _entries = _meter.CreateCounter<long>("pointbook.entries", "{entry}", "Entries appended to the journal.");
        _decidedAgain = _meter.CreateCounter<long>("pointbook.batches.decided_again", "{batch}", "Batches decided again because another process wrote first.");
        _evicted = _meter.CreateCounter<long>("pointbook.accounts.evicted", "{account}", "Accounts evicted from memory.");
        _batchSize = _meter.CreateHistogram<int>("pointbook.batch.size", "{command}", "Commands and queries answered by one commit.");
        _meter.CreateObservableGauge("pointbook.waiting", waiting, "{command}", "Commands and queries waiting for an answer.");
        _meter.CreateObservableGauge("pointbook.read_model.lag", readModelLag, "{entry}", "Entries by which the read model is behind the journal.");
    }

    public void Committed(int items, int entries)
    {
        _commits.Add(1);
        _entries.Add(entries);
        _batchSize.Record(items);
    }

    public void DecidedAgain() => _decidedAgain.Add(1);

    public void Evicted(int accounts)
    {
        if (accounts > 0)
        {
            _evicted.Add(accounts);
        }
    }

    public void Dispose() => _meter.Dispose();
}
