using System.Diagnostics;
using Pointbook.Engine.Projection;

namespace Pointbook.Bench.Engine;

/// <summary>A projection that tells how far it is and how long it worked. Reads are passed through.</summary>
internal sealed class ObservedProjection(IProjection projection) : IProjection
{
    private long _entries;
    private long _ticks;

    /// <summary>How many entries were taken in since it was opened.</summary>
    public long Entries => Volatile.Read(ref _entries);

    public double BusySeconds => Volatile.Read(ref _ticks) / (double)Stopwatch.Frequency;

    public async ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        bool isApplied = await projection.ApplyAsync(round, cancellationToken);
        Volatile.Write(ref _ticks, _ticks + Stopwatch.GetTimestamp() - started);
        Volatile.Write(ref _entries, _entries + round.End.Last.Value - round.After.Value);
        return isApplied;
    }

    public ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken) => projection.ReadPositionAsync(cancellationToken);

    public IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, CancellationToken cancellationToken) =>
        projection.LoadAsync(request, cancellationToken);

    public ValueTask ResetAsync(CancellationToken cancellationToken) => projection.ResetAsync(cancellationToken);

    public ValueTask DisposeAsync() => projection.DisposeAsync();
}
