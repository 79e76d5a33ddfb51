using System.Diagnostics;
using Pointbook.Ledger.Commands;

namespace Pointbook.Bench.Engine;

/// <summary>How many lots each account has, how many of them callers may spend, and which ones they must add again. Thread-safe.</summary>
internal sealed class AccountPool(Population population, int lotsPerAccount)
{
    private const double SpendableShare = 0.7;
    private readonly int[] _lots = new int[population.Count];
    private int[] _missing = [];
    private int _nextMissing = -1;
    private long _spendable;

    /// <summary>Fills up all accounts. Not measured.</summary>
    public async Task FillAsync(EngineUnderTest engine, int callers)
    {
        PrepareAdds();
        await new Phase(engine).RunAsync(callers, random => NextAdd(random, long.MaxValue));
    }

    /// <summary>Prepares a phase of spends. Must be called before it.</summary>
    public void PrepareSpends() => _spendable = (long)(_lots.Sum() * SpendableShare);

    /// <summary>A spend on a random account; null when the time or most of the pool is used up.</summary>
    public Command? NextSpend(Random random, long deadline)
    {
        if (Stopwatch.GetTimestamp() >= deadline || Interlocked.Decrement(ref _spendable) < 0)
        {
            return null;
        }

        int account = random.Next(population.Count);
        Interlocked.Decrement(ref _lots[account]);
        return population.Spend(account);
    }

    /// <summary>Prepares a phase of adds. Must be called before it.</summary>
    public void PrepareAdds()
    {
        _missing = [.. Enumerable.Range(0, population.Count).SelectMany(account => Enumerable.Repeat(account, Math.Max(0, lotsPerAccount - _lots[account])))];
        new Random(_missing.Length).Shuffle(_missing);
        _nextMissing = -1;
    }

    /// <summary>An add on an account that lacks lots; null when the time is used up or no account lacks lots.</summary>
    public Command? NextAdd(Random random, long deadline)
    {
        int next = Stopwatch.GetTimestamp() >= deadline ? int.MaxValue : Interlocked.Increment(ref _nextMissing);
        if (next >= _missing.Length)
        {
            return null;
        }

        int account = _missing[next];
        return population.Add(account, random, isFirst: Interlocked.Increment(ref _lots[account]) == 1);
    }
}
