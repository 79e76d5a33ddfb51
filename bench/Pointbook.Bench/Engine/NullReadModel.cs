using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Bench.Engine;

/// <summary>A read model that keeps only its position.</summary>
internal sealed class NullReadModel : IReadModel
{
    private ReadModelGeneration _serving = new(1, Guid.Empty, default);

    public ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken) => new(new ReadModelState(_serving, null));

    public ValueTask<bool> ApplyAsync(ReadModelGeneration generation, ReadModelRound round, CancellationToken cancellationToken)
    {
        _serving = generation with { Position = round.End };
        return new(true);
    }

    public ValueTask MarkDamagedAsync(ReadModelGeneration generation, string damage, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<ReadModelGeneration?> BeginBuildAsync(CancellationToken cancellationToken) => new((ReadModelGeneration?)null);

    public ValueTask<bool> FinishBuildAsync(ReadModelGeneration building, CancellationToken cancellationToken) => new(false);

    public ValueTask AbandonAsync(ReadModelGeneration generation, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<bool> DeletePieceAsync(CancellationToken cancellationToken) => new(false);

    public ValueTask ReclaimSpaceAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<PayerTotals> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken) => new(new PayerTotals(_serving.Position, []));

    public ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken) =>
        new(new PayerDays(_serving.Position, null, [], []));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
