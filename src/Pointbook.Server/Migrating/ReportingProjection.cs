using Pointbook.Engine.Projection;

namespace Pointbook.Server.Migrating;

/// <summary>A projection that tells how far it has come.</summary>
/// <param name="inner">The projection.</param>
/// <param name="advance">Is called with the last entry that is projected.</param>
internal sealed class ReportingProjection(IProjection inner, Action<long> advance) : IProjection
{
    /// <inheritdoc/>
    public async ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken)
    {
        ProjectionPosition position = await inner.ReadPositionAsync(cancellationToken);
        advance(position.Last.Value);
        return position;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, CancellationToken cancellationToken) =>
        inner.LoadAsync(request, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken)
    {
        bool isApplied = await inner.ApplyAsync(round, cancellationToken);
        advance(round.End.Last.Value);
        return isApplied;
    }

    /// <inheritdoc/>
    public ValueTask ResetAsync(CancellationToken cancellationToken) => inner.ResetAsync(cancellationToken);

    /// <summary>Does nothing: the projection belongs to the store.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
