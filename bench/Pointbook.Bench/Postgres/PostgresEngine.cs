using System.Diagnostics;
using Pointbook.Bench.Engine;
using Pointbook.Ledger.Commands;

namespace Pointbook.Bench.Postgres;

/// <summary>Pointbook's engine in this process, on a separate database with a given number of partitions.</summary>
internal sealed class PostgresEngine : IAsyncDisposable
{
    private const int FillCallers = 1_024;
    private readonly EngineUnderTest _engine;
    private readonly AccountPool _pool;
    private readonly AccountPool _hotPool;
    private readonly int _seconds;

    private PostgresEngine(EngineUnderTest engine, int seconds, AccountPool pool, AccountPool hotPool)
    {
        _engine = engine;
        _seconds = seconds;
        _pool = pool;
        _hotPool = hotPool;
    }

    public string Name => $"{_engine.Partitions} partition{(_engine.Partitions == 1 ? "" : "s")}";

    public static async Task<PostgresEngine> CreateAsync(PostgresServer server, int partitions, int seconds, int accounts, int lotsPerAccount, int hotLots)
    {
        EngineUnderTest engine = await EngineUnderTest.OpenPostgresAsync(await server.CreateDatabaseAsync(), partitions);
        AccountPool hotPool = new(new Population(1, first: accounts), hotLots);
        return new PostgresEngine(engine, seconds, new AccountPool(new Population(accounts), lotsPerAccount), hotPool);
    }

    /// <summary>The phases run so far and what they measured, for the figures that only the engine has.</summary>
    public List<(string What, int Callers, Phase Phase)> Phases { get; } = [];

    public Task FillAsync() => _pool.FillAsync(_engine, FillCallers);

    public Task FillHotAsync() => _hotPool.FillAsync(_engine, FillCallers);

    public Task<Measurement> SpendAsync(int callers)
    {
        _pool.PrepareSpends();
        return MeasureAsync("spends", callers, _pool.NextSpend);
    }

    public Task<Measurement> SpendHotAsync(int callers)
    {
        _hotPool.PrepareSpends();
        return MeasureAsync("spends, hot", callers, _hotPool.NextSpend);
    }

    public Task<Measurement> AddAsync(int callers)
    {
        _pool.PrepareAdds();
        return MeasureAsync("adds", callers, _pool.NextAdd);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private async Task<Measurement> MeasureAsync(string what, int callers, Func<Random, long, Command?> next)
    {
        Phase phase = new(_engine);
        long deadline = Stopwatch.GetTimestamp() + (_seconds * Stopwatch.Frequency);
        // A phase ends when everything is in the account store, so that its writing does not slow down the next candidate.
        await phase.RunAsync(callers, random => next(random, deadline));
        Phases.Add((what, callers, phase));
        return new Measurement(phase.PerSecond, callers, phase.P99, phase.Refused);
    }
}
