using System.Diagnostics;
using Pointbook.Bench.Engine;
using Pointbook.Bench.Reporting;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;

namespace Pointbook.Bench.Workloads;

/// <summary>One account, small and large, that all callers use, and the time to load it from the disk.</summary>
internal sealed class OneAccountWorkload(Arguments arguments) : IWorkload
{
    private const int FillCallers = 1_024;
    private readonly int[] _lots = arguments.Numbers("lots", 50, 5_000, 500_000);
    private readonly int _callers = arguments.Number("callers", 64);
    private readonly int _seconds = arguments.Number("seconds", 3);
    private readonly int _runs = arguments.Number("runs", 5);

    public Arguments Arguments => arguments;

    public async Task RunAsync(Report report)
    {
        Table table = new(
            $"one account, {_callers} callers, as many adds as spends so that the lots stay, medians of {_runs} runs",
            "open lots", "spends/s", "lowest", "highest", "adds/s", "p50 ms", "p99 ms", "bytes each", "cold load ms");
        foreach (int lots in _lots)
        {
            using ScratchDirectory directory = new(arguments.Directory);
            Phase[] phases = await MeasureAsync(directory.Path, lots);
            double[] loads = await MeasureLoadsAsync(directory.Path);
            double[] spends = [.. phases.Select(phase => phase.PerSecond / 2)];
            table.Add(
                lots.ToString("N0", System.Globalization.CultureInfo.InvariantCulture), Statistics.Median(spends), spends.Min(), spends.Max(), Statistics.Median(spends),
                Statistics.Median(phases.Select(phase => phase.P50)), Statistics.Median(phases.Select(phase => phase.P99)),
                Statistics.Median(phases.Select(phase => phase.BytesEach)), Statistics.Median(loads));
        }

        report.Add(table);
    }

    private async Task<Phase[]> MeasureAsync(string directory, int lots)
    {
        await using EngineUnderTest engine = await EngineUnderTest.OpenSqliteAsync(directory);
        Population population = new(1);
        await new AccountPool(population, lots).FillAsync(engine, FillCallers);
        Phase[] phases = new Phase[_runs];
        // An extra run before the first one warms up.
        for (int run = -1; run < _runs; run++)
        {
            Phase phase = new(engine);
            long turn = 0;
            long deadline = Stopwatch.GetTimestamp() + (_seconds * Stopwatch.Frequency);
            await phase.RunAsync(_callers, random => Stopwatch.GetTimestamp() >= deadline ? null : Next(population, random, Interlocked.Increment(ref turn)));
            phases[Math.Max(run, 0)] = phase;
        }

        return phases;
    }

    private static Command Next(Population population, Random random, long turn) =>
        turn % 2 == 0 ? population.Spend(0) : population.Add(0, random);

    /// <summary>Opens the store again and requests the balance, for which the engine loads the whole account.</summary>
    private async Task<double[]> MeasureLoadsAsync(string directory)
    {
        double[] milliseconds = new double[_runs];
        for (int run = 0; run < _runs; run++)
        {
            await using EngineUnderTest engine = await EngineUnderTest.OpenSqliteAsync(directory);
            long asked = Stopwatch.GetTimestamp();
            Outcome<AccountBalance> balance = await engine.Ledger.ReadBalanceAsync(new Population(1)[0], CancellationToken.None);
            milliseconds[run] = Stopwatch.GetElapsedTime(asked).TotalMilliseconds;
            if (balance.IsRefused || !balance.Value.Points.IsPositive)
            {
                throw new BenchException("The account was not found again.");
            }
        }

        return milliseconds;
    }
}
