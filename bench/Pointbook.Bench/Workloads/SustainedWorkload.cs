using System.Diagnostics;
using Pointbook.Bench.Engine;
using Pointbook.Bench.Reporting;
using Pointbook.Ledger.Commands;

namespace Pointbook.Bench.Workloads;

/// <summary>Minutes of spends and adds in equal numbers, so that accounts keep their size. Samples the account store's lag.</summary>
internal sealed class SustainedWorkload(Arguments arguments) : IWorkload
{
    private const int LotsPerAccount = 50;
    private const int FillCallers = 1_024;
    private readonly int _accounts = arguments.Number("accounts", 10_000);
    private readonly int[] _callers = arguments.Numbers("callers", 1_024);
    private readonly int _seconds = arguments.Number("seconds", 300);
    private readonly int _sampleSeconds = arguments.Number("sample-seconds", 10);
    private readonly bool _withKeys = arguments.Flag("keys");

    public Arguments Arguments => arguments;

    public async Task RunAsync(Report report)
    {
        foreach (int callers in _callers)
        {
            using ScratchDirectory directory = new(arguments.Directory);
            await using EngineUnderTest engine = await EngineUnderTest.OpenSqliteAsync(directory.Path);
            Population population = new(_accounts, _withKeys);
            await new AccountPool(population, LotsPerAccount).FillAsync(engine, FillCallers);
            await RunAsync(report, engine, population, callers);
        }
    }

    private async Task RunAsync(Report report, EngineUnderTest engine, Population population, int callers)
    {
        Phase phase = new(engine);
        long started = Stopwatch.GetTimestamp();
        long deadline = started + (_seconds * Stopwatch.Frequency);
        Task running = phase.RunAsync(callers, random => Next(population, random, deadline));
        string name = $"{callers} callers{(_withKeys ? ", with keys" : "")}";
        Table samples = new($"sustained, {name}: samples", "after s", "spends/s", "adds/s", "lag entries");
        List<double> lags = [];
        (long done, double seconds) = (0, 0);
        while (seconds + _sampleSeconds <= _seconds)
        {
            await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(_sampleSeconds)));
            (long doneNow, double secondsNow) = (phase.Done, Stopwatch.GetElapsedTime(started).TotalSeconds);
            double perSecond = (doneNow - done) / (secondsNow - seconds) / 2;
            lags.Add(engine.Lag);
            samples.Add(secondsNow, perSecond, perSecond, lags[^1]);
            (done, seconds) = (doneNow, secondsNow);
        }

        await running;
        Table summary = new(
            $"sustained, {name}",
            "seconds", "spends/s", "adds/s", "entries/s", "p50 ms", "p99 ms", "lag, first third", "lag, last third", "journal busy", "account store busy");
        int third = Math.Max(1, lags.Count / 3);
        summary.Add(
            phase.Seconds, phase.PerSecond / 2, phase.PerSecond / 2, phase.EntriesPerSecond, phase.P50, phase.P99,
            Statistics.Median(lags.Take(third)), Statistics.Median(lags.TakeLast(third)), phase.JournalBusy, phase.AccountStoreBusy);
        report.Add(samples);
        report.Add(summary);
    }

    /// <summary>A spend or an add, chosen at random with equal probability.</summary>
    private static Command? Next(Population population, Random random, long deadline)
    {
        if (Stopwatch.GetTimestamp() >= deadline)
        {
            return null;
        }

        int account = random.Next(population.Count);
        return random.Next(2) == 0 ? population.Spend(account) : population.Add(account, random);
    }
}
