using System.Diagnostics;
using Pointbook.Bench.Engine;
using Pointbook.Ledger.Commands;

namespace Pointbook.Bench.Postgres;

/// <summary>Pointbook's engine in this process, on a separate database with a given number of partitions.</summary>
internal sealed class PostgresEngine : IAsyncDisposable
{
    private const int FillCallers = 1_024;
    private readonly EngineUnderTest _engine;
    private readonly Stock _stock;
    private readonly Stock _hotStock;
    private readonly int _seconds;

    private PostgresEngine(EngineUnderTest engine, int seconds, Stock stock, Stock hotStock)
    {
        _engine = engine;
        _seconds = seconds;
        _stock = stock;
        _hotStock = hotStock;
    }

    public string Name => $"{_engine.Partitions} partition{(_engine.Partitions == 1 ? "" : "s")}";

    public static async Task<PostgresEngine> CreateAsync(PostgresServer server, int partitions, int seconds, int accounts, int lotsPerAccount, int hotLots)
    {
        EngineUnderTest engine = await EngineUnderTest.OpenPostgresAsync(await server.CreateDatabaseAsync(), partitions);
        Stock hotStock = new(new Population(1, first: accounts), hotLots);
        return new PostgresEngine(engine, seconds, new Stock(new Population(accounts), lotsPerAccount), hotStock);
    }

    /// <summary>The phases run so far and what they measured, for the figures that only the engine has.</summary>
    public List<(string What, int Callers, Phase Phase)> Phases { get; } = [];

    public Task FillAsync() => _stock.FillAsync(_engine, FillCallers);

    public Task FillHotAsync() => _hotStock.FillAsync(_engine, FillCallers);

    public Task<Reading> SpendAsync(int callers)
    {
        _stock.PrepareSpends();
        return MeasureAsync("spends", callers, _stock.NextSpend);
    }

    public Task<Reading> SpendHotAsync(int callers)
    {
        _hotStock.PrepareSpends();
        return MeasureAsync("spends, hot", callers, _hotStock.NextSpend);
    }

    public Task<Reading> AddAsync(int callers)
    {
        _stock.PrepareAdds();
        return MeasureAsync("adds", callers, _stock.NextAdd);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private async Task<Reading> MeasureAsync(string what, int callers, Func<Random, long, Command?> next)
    {
        Phase phase = new(_engine);
        long deadline = Stopwatch.GetTimestamp() + (_seconds * Stopwatch.Frequency);
        // A phase ends when everything is in the account store, so that its writing does not slow down the next contender.
        await phase.RunAsync(callers, random => next(random, deadline));
        Phases.Add((what, callers, phase));
        return new Reading(phase.PerSecond, callers, phase.P99, phase.Refused);
    }
}
