using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Migrating;

/// <summary>A read model that reports its progress.</summary>
/// <param name="inner">The read model, which the store owns.</param>
/// <param name="advance">Called with the last added entry.</param>
internal sealed class ReportingReadModel(IReadModel inner, Action<long> advance) : IReadModel
{
    /// <inheritdoc/>
    public ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken) => inner.ReadStateAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> ApplyAsync(ReadModelGeneration generation, ReadModelRound round, CancellationToken cancellationToken)
    {
        bool isApplied = await inner.ApplyAsync(generation, round, cancellationToken);
        if (isApplied)
        {
            advance(round.End.Last.Value);
        }

        return isApplied;
    }

    /// <inheritdoc/>
    public ValueTask MarkDamagedAsync(ReadModelGeneration generation, string damage, CancellationToken cancellationToken) =>
        inner.MarkDamagedAsync(generation, damage, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ReadModelGeneration?> BeginBuildAsync(CancellationToken cancellationToken) => inner.BeginBuildAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> FinishBuildAsync(ReadModelGeneration building, CancellationToken cancellationToken) => inner.FinishBuildAsync(building, cancellationToken);

    /// <inheritdoc/>
    public ValueTask AbandonAsync(ReadModelGeneration generation, CancellationToken cancellationToken) => inner.AbandonAsync(generation, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeletePieceAsync(CancellationToken cancellationToken) => inner.DeletePieceAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask ReclaimSpaceAsync(CancellationToken cancellationToken) => inner.ReclaimSpaceAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PayerTotals> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken) => inner.ListPayersAsync(query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken) =>
        inner.ReadDaysAsync(payer, before, cancellationToken);

    /// <summary>Leaves the read model open, because its store owns it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
