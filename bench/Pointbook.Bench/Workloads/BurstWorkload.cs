using System.Diagnostics;
using Pointbook.Bench.Engine;
using Pointbook.Bench.Reporting;
using Pointbook.Ledger.Commands;

namespace Pointbook.Bench.Workloads;

/// <summary>Short bursts of spends and of adds over many accounts, alternately, with several runs of each.</summary>
internal sealed class BurstWorkload(Arguments arguments) : IWorkload
{
    private const int LotsPerAccount = 50;
    private const int FillCallers = 1_024;
    private readonly int _accounts = arguments.Number("accounts", 10_000);
    private readonly int[] _callers = arguments.Numbers("callers", 64, 1_024);
    private readonly int _seconds = arguments.Number("seconds", 3);
    private readonly int _runs = arguments.Number("runs", 5);
    private readonly bool _withKeys = arguments.Flag("keys");
    private readonly bool _withAccountStore = !arguments.Flag("no-account-store");
    private readonly bool _withJournal = !arguments.Flag("no-journal");

    public Arguments Arguments => arguments;

    public async Task RunAsync(Report report)
    {
        using ScratchDirectory directory = new(arguments.Directory);
        await using EngineUnderTest engine = await EngineUnderTest.OpenSqliteAsync(directory.Path, _withJournal, _withAccountStore);
        AccountPool pool = new(new Population(_accounts, _withKeys), LotsPerAccount);
        await pool.FillAsync(engine, FillCallers);

        List<(string Name, int Callers, Phase Phase)> phases = [];
        for (int run = 0; run <= _runs; run++)
        {
            foreach (int callers in _callers)
            {
                pool.PrepareSpends();
                Phase spends = await RunAsync(engine, callers, pool.NextSpend);
                pool.PrepareAdds();
                Phase adds = await RunAsync(engine, callers, pool.NextAdd);
                // The first run warms up.
                if (run > 0)
                {
                    phases.AddRange([("spends", callers, spends), ("adds", callers, adds)]);
                }
            }
        }

        AddTables(report, phases);
    }

    private async Task<Phase> RunAsync(EngineUnderTest engine, int callers, Func<Random, long, Command?> next)
    {
        Phase phase = new(engine);
        long deadline = Stopwatch.GetTimestamp() + (_seconds * Stopwatch.Frequency);
        await phase.RunAsync(callers, random => next(random, deadline));
        return phase;
    }

    private void AddTables(Report report, List<(string Name, int Callers, Phase Phase)> phases)
    {
        string parts = $"{(_withJournal ? "" : ", no journal")}{(_withAccountStore ? "" : ", no account store")}{(_withKeys ? ", with keys" : "")}";
        Table rates = new(
            $"bursts, {_accounts} accounts of {LotsPerAccount} lots{parts}, medians of {_runs} runs",
            "what", "callers", "per second", "lowest", "highest", "entries/s", "p50 ms", "p99 ms", "bytes each", "cpu us each");
        Table limits = new(
            "what limits it, medians",
            "what", "callers", "commands/commit", "journal busy", "account store busy", "lag at end", "catch-up s", "refused", "seconds");
        foreach (IGrouping<(string Name, int Callers), Phase> group in phases.GroupBy(run => (run.Name, run.Callers), run => run.Phase))
        {
            double Median(Func<Phase, double> figure) => Statistics.Median(group.Select(figure));
            rates.Add(
                group.Key.Name, $"{group.Key.Callers}", Median(phase => phase.PerSecond),
                group.Min(phase => phase.PerSecond), group.Max(phase => phase.PerSecond), Median(phase => phase.EntriesPerSecond),
                Median(phase => phase.P50), Median(phase => phase.P99), Median(phase => phase.BytesEach), Median(phase => phase.CpuMicrosecondsEach));
            limits.Add(
                group.Key.Name, $"{group.Key.Callers}", Median(phase => phase.CommandsPerCommit), Median(phase => phase.JournalBusy),
                Median(phase => phase.AccountStoreBusy), Median(phase => phase.LagAtEnd), Median(phase => phase.CatchUpSeconds),
                Median(phase => phase.Refused), Median(phase => phase.Seconds));
        }

        report.Add(rates);
        report.Add(limits);
    }
}
