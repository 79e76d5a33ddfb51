using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Memory;

/// <summary>
/// The access of one process to a read model that several processes share. A test can block it or make it fail, and the
/// others do not notice. Thread-safe.
/// </summary>
/// <param name="inner">The shared read model.</param>
public sealed class GatedReadModel(IReadModel inner) : IReadModel
{
    /// <summary>Runs before every operation that writes, and before the state is read; may wait or throw.</summary>
    public Func<Task>? Before { get; set; }

    /// <summary>Runs before each round; may wait or throw.</summary>
    public Func<ReadModelGeneration, ReadModelRound, Task>? BeforeApply { get; set; }

    /// <summary>Runs before each deletion of a piece; may wait or throw.</summary>
    public Func<Task>? BeforeDelete { get; set; }

    /// <summary>Runs before each switch to a new generation; may wait or throw.</summary>
    public Func<Task>? BeforeFinish { get; set; }

    /// <summary>Runs before the space of what was deleted is reclaimed; may wait or throw.</summary>
    public Func<Task>? BeforeReclaim { get; set; }

    /// <summary>How often the space of what was deleted was reclaimed.</summary>
    public int ReclaimCount { get; private set; }

    /// <summary>Runs before a query reads; may wait or throw.</summary>
    public Func<Task>? BeforeQuery { get; set; }

    /// <inheritdoc/>
    public async ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken)
    {
        await RunAsync(Before, cancellationToken);
        return await inner.ReadStateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ApplyAsync(ReadModelGeneration generation, ReadModelRound round, CancellationToken cancellationToken)
    {
        await RunAsync(Before, cancellationToken);
        if (BeforeApply is { } hook)
        {
            await hook(generation, round).WaitAsync(cancellationToken);
        }

        return await inner.ApplyAsync(generation, round, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask MarkDamagedAsync(ReadModelGeneration generation, string damage, CancellationToken cancellationToken)
    {
        await RunAsync(Before, cancellationToken);
        await inner.MarkDamagedAsync(generation, damage, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<ReadModelGeneration?> BeginBuildAsync(CancellationToken cancellationToken)
    {
        await RunAsync(Before, cancellationToken);
        return await inner.BeginBuildAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> FinishBuildAsync(ReadModelGeneration building, CancellationToken cancellationToken)
    {
        await RunAsync(Before, cancellationToken);
        await RunAsync(BeforeFinish, cancellationToken);
        return await inner.FinishBuildAsync(building, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask AbandonAsync(ReadModelGeneration generation, CancellationToken cancellationToken)
    {
        await RunAsync(Before, cancellationToken);
        await inner.AbandonAsync(generation, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeletePieceAsync(CancellationToken cancellationToken)
    {
        await RunAsync(Before, cancellationToken);
        await RunAsync(BeforeDelete, cancellationToken);
        return await inner.DeletePieceAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask ReclaimSpaceAsync(CancellationToken cancellationToken)
    {
        await RunAsync(Before, cancellationToken);
        await RunAsync(BeforeReclaim, cancellationToken);
        await inner.ReclaimSpaceAsync(cancellationToken);
        ReclaimCount++;
    }

    /// <inheritdoc/>
    public async ValueTask<PayerTotals> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken)
    {
        await RunAsync(BeforeQuery, cancellationToken);
        return await inner.ListPayersAsync(query, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken)
    {
        await RunAsync(BeforeQuery, cancellationToken);
        return await inner.ReadDaysAsync(payer, before, cancellationToken);
    }

    /// <summary>Leaves the read model open, because its store owns it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Task RunAsync(Func<Task>? hook, CancellationToken cancellationToken) => hook is null ? Task.CompletedTask : hook().WaitAsync(cancellationToken);
}
