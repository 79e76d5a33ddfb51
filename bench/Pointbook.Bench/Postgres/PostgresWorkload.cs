using Pointbook.Bench.Engine;
using Pointbook.Bench.Reporting;
using Pointbook.Bench.Workloads;

namespace Pointbook.Bench.Postgres;

/// <summary>The engine in process on PostgreSQL, with several numbers of partitions, compared with a hand-written spend in PL/pgSQL.</summary>
internal sealed class PostgresWorkload(Arguments arguments) : IWorkload
{
    private readonly int _accounts = arguments.Number("accounts", 10_000);
    private readonly int _lotsPerAccount = arguments.Number("lots", 50);
    private readonly int _hotLots = arguments.Number("hot-lots", 50_000);
    private readonly int[] _partitions = arguments.Numbers("partitions", 1, 4, 16);
    private readonly int _clients = arguments.Number("clients", 16);
    private readonly int[] _callers = arguments.Numbers("callers", 16, 64, 1_024);
    private readonly int _seconds = arguments.Number("seconds", 2);
    private readonly int _rounds = arguments.Number("rounds", 5);

    public Arguments Arguments => arguments;

    public async Task RunAsync(Report report)
    {
        await using PostgresServer server = await PostgresServer.StartAsync(report);
        await using PlpgsqlBaseline baseline = await PlpgsqlBaseline.CreateAsync(server, report, _clients, _seconds, _accounts, _lotsPerAccount);
        List<PostgresEngine> engines = [];
        try
        {
            foreach (int partitions in _partitions)
            {
                engines.Add(await PostgresEngine.CreateAsync(server, partitions, _seconds, _accounts, _lotsPerAccount, _hotLots));
            }

            await RunAsync(report, baseline, engines);
        }
        finally
        {
            foreach (PostgresEngine engine in engines)
            {
                await engine.DisposeAsync();
            }
        }
    }

    private async Task RunAsync(Report report, PlpgsqlBaseline baseline, List<PostgresEngine> engines)
    {
        await FillAsync(baseline, engines);
        await baseline.SettleAsync();
        Comparison comparison = new(
        [
            [new Candidate("spends", PlpgsqlBaseline.Name, baseline.SpendAsync)],
            .. engines.SelectMany(engine => _callers.Select(callers => SpendsAndAdds(engine, callers))),
            [new Candidate("spends, one account", PlpgsqlBaseline.Name, baseline.SpendHotAsync)],
            .. engines.Select(HotSpends),
        ]);
        await comparison.RunAsync(_rounds, () => FillAsync(baseline, engines));
        report.Add(comparison.ToTable(
            $"{_accounts} accounts of {_lotsPerAccount} lots, or one of {_hotLots}, medians of {_rounds} rounds of {_seconds} s", PlpgsqlBaseline.Name));
        report.Write($"draws per spend in {PlpgsqlBaseline.Name}: {await baseline.ReadDrawsPerSpendAsync():N2}");
        report.Add(LimitsOf(engines));
    }

    private static Candidate[] SpendsAndAdds(PostgresEngine engine, int callers) =>
    [
        new Candidate("spends", engine.Name, () => engine.SpendAsync(callers), PlpgsqlBaseline.Name),
        new Candidate("adds", engine.Name, () => engine.AddAsync(callers)),
    ];

    private Candidate[] HotSpends(PostgresEngine engine) =>
        [new Candidate("spends, one account", engine.Name, () => engine.SpendHotAsync(_clients), PlpgsqlBaseline.Name)];

    private async Task FillAsync(PlpgsqlBaseline baseline, List<PostgresEngine> engines)
    {
        await baseline.FillAsync();
        await baseline.FillHotAsync(_hotLots);
        foreach (PostgresEngine engine in engines)
        {
            await engine.FillAsync();
            await engine.FillHotAsync();
        }
    }

    private Table LimitsOf(List<PostgresEngine> engines)
    {
        Table table = new(
            "what limits the engine, medians",
            "what", "who", "callers", "commands/commit", "entries/s", "journal busy", "account store busy", "lag at end", "catch-up s", "bytes each", "cpu us each");
        foreach (PostgresEngine engine in engines)
        {
            foreach (IGrouping<(string What, int Callers), Phase> group in engine.Phases.GroupBy(run => (run.What, run.Callers), run => run.Phase))
            {
                double Median(Func<Phase, double> figure) => Statistics.Median(group.TakeLast(_rounds).Select(figure));
                table.Add(
                    group.Key.What, engine.Name, $"{group.Key.Callers}", Median(phase => phase.CommandsPerCommit), Median(phase => phase.EntriesPerSecond),
                    Median(phase => phase.JournalBusy), Median(phase => phase.AccountStoreBusy), Median(phase => phase.LagAtEnd),
                    Median(phase => phase.CatchUpSeconds), Median(phase => phase.BytesEach), Median(phase => phase.CpuMicrosecondsEach));
            }
        }

        return table;
    }
}
