using System.Diagnostics;
using Pointbook.Engine.AccountStore;

namespace Pointbook.Bench.Engine;

/// <summary>An account store that reports its progress and its working time. It passes reads through.</summary>
internal sealed class ObservedAccountStore(IAccountStore accountStore) : DelegatingAccountStore(accountStore)
{
    private long _entries;
    private long _ticks;

    /// <summary>The number of entries added since the store was opened.</summary>
    public long Entries => Volatile.Read(ref _entries);

    public double BusySeconds => Volatile.Read(ref _ticks) / (double)Stopwatch.Frequency;

    public override async ValueTask<bool> ApplyAsync(SnapshotRound round, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        bool isApplied = await base.ApplyAsync(round, cancellationToken);
        Volatile.Write(ref _ticks, _ticks + Stopwatch.GetTimestamp() - started);
        Volatile.Write(ref _entries, _entries + round.End.Last.Value - round.After.Value);
        return isApplied;
    }
}
