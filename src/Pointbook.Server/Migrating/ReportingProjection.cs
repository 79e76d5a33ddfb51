using Pointbook.Engine.ReadModel;

namespace Pointbook.Server.Migrating;

/// <summary>A projection that reports its progress.</summary>
/// <param name="inner">The projection, which the store owns.</param>
/// <param name="advance">Called with the last projected entry.</param>
internal sealed class ReportingProjection(IProjection inner, Action<long> advance) : DelegatingProjection(inner)
{
    /// <inheritdoc/>
    public override async ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken)
    {
        ProjectionPosition position = await base.ReadPositionAsync(cancellationToken);
        advance(position.Last.Value);
        return position;
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken)
    {
        bool isApplied = await base.ApplyAsync(round, cancellationToken);
        advance(round.End.Last.Value);
        return isApplied;
    }

    /// <inheritdoc/>
    protected override ValueTask DisposeInnerAsync() => ValueTask.CompletedTask;
}
