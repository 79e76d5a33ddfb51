using System.Diagnostics;
using Pointbook.Bench.Reporting;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;

namespace Pointbook.Bench.Engine;

/// <summary>Many callers that send commands for a while. Each waits for its answer before it sends the next command.</summary>
internal sealed class Phase(EngineUnderTest engine)
{
    private readonly LatencyHistogram _latency = new();
    private long _done;
    private long _refused;

    public double Seconds { get; private set; }

    public double PerSecond => _latency.Count / Seconds;

    public double EntriesPerSecond { get; private set; }

    public double P50 => _latency.Milliseconds(0.50);

    public double P99 => _latency.Milliseconds(0.99);

    public double BytesEach { get; private set; }

    /// <summary>Processor time per command until everything is in the account store, including the load generator.</summary>
    public double CpuMicrosecondsEach { get; private set; }

    public double CommandsPerCommit { get; private set; }

    /// <summary>The share of the time in which the journals were appending: the mean of all partitions.</summary>
    public double JournalBusy { get; private set; }

    /// <summary>The share of the time in which the account stores were writing: the mean of all partitions.</summary>
    public double AccountStoreBusy { get; private set; }

    public long LagAtEnd { get; private set; }

    public double CatchUpSeconds { get; private set; }

    public long Refused => _refused;

    /// <summary>The number of commands carried out so far. May be read while the phase runs.</summary>
    public long Done => Volatile.Read(ref _done);

    /// <summary>Runs the phase.</summary>
    /// <param name="callers">The number of callers.</param>
    /// <param name="next">Returns the next command of a caller, or null to end the caller.</param>
    public async Task RunAsync(int callers, Func<Random, Command?> next)
    {
        double journal = engine.JournalSeconds;
        double accountStore = engine.AccountStoreSeconds;
        (long commits, long entries) = (engine.Commits, engine.Entries);
        long bytes = GC.GetTotalAllocatedBytes();
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        LatencyHistogram[] latencies = await Task.WhenAll(
            Enumerable.Range(0, callers).Select(caller => Task.Run(() => CallAsync(new Random(caller), next))));
        Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        LagAtEnd = engine.Lag;
        foreach (LatencyHistogram latency in latencies)
        {
            _latency.Add(latency);
        }

        BytesEach = (GC.GetTotalAllocatedBytes() - bytes) / (double)_latency.Count;
        EntriesPerSecond = (engine.Entries - entries) / Seconds;
        CommandsPerCommit = _latency.Count / (double)(engine.Commits - commits);
        JournalBusy = (engine.JournalSeconds - journal) / Seconds;
        AccountStoreBusy = (engine.AccountStoreSeconds - accountStore) / Seconds;
        started = Stopwatch.GetTimestamp();
        await engine.Ledger.WaitUntilStoredAsync(CancellationToken.None);
        CatchUpSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        CpuMicrosecondsEach = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / _latency.Count;
    }

    private async Task<LatencyHistogram> CallAsync(Random random, Func<Random, Command?> next)
    {
        LatencyHistogram latency = new();
        while (next(random) is { } command)
        {
            long asked = Stopwatch.GetTimestamp();
            Outcome<Receipt> outcome = await engine.Ledger.ExecuteAsync(command, CancellationToken.None);
            if (outcome.IsRefused)
            {
                Refuse(outcome.Refusal);
                continue;
            }

            latency.AddSince(asked);
            Interlocked.Increment(ref _done);
        }

        return latency;
    }

    private void Refuse(Refusal refusal)
    {
        // An account that callers chose too often by chance has no points left. Any other refusal is an error.
        if (refusal.Code != RefusalCode.InsufficientPoints)
        {
            throw new BenchException($"A command was refused: {refusal}.");
        }

        Interlocked.Increment(ref _refused);
    }
}
