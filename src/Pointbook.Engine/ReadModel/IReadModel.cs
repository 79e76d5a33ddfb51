using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The sums over the accounts of one partition. Only queries need them; no command, load or balance depends on them.</summary>
/// <remarks>
/// <para>
/// The tables exist in generations, at most two. One generation answers queries. When it is damaged, the server builds a new one beside it. This interface
/// returns and reads only generations of this version (<see cref="ReadModelGeneration.Version"/>).
/// </para>
/// <para>
/// One caller of this process at a time writes to the generation that answers queries. Meanwhile, another one may build a generation and delete old ones.
/// A round of one never waits for a round of the other. If the journal is shared, other processes may do the same. A caller that finds another state than
/// it expected must read the state again. Every failure is a <see cref="StorageFailureException"/>, and a <see cref="ReadModelFullException"/> if the disk
/// has no space left.
/// </para>
/// </remarks>
public interface IReadModel : IAsyncDisposable
{
    /// <summary>Reads the existing generations. Unreadable tables do not count as a generation.</summary>
    ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken);

    /// <summary>Adds a round to a generation and moves its position, in one transaction.</summary>
    /// <param name="generation">The generation as the caller read it. The round must begin at its position.</param>
    /// <param name="round">The round to add.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False if the generation no longer exists, or if its position or its damage has changed. Then nothing was written.</returns>
    /// <exception cref="ReadModelDamagedException">The tables cannot be written, and another generation must replace them.</exception>
    ValueTask<bool> ApplyAsync(ReadModelGeneration generation, ReadModelRound round, CancellationToken cancellationToken);

    /// <summary>Records why a generation must be replaced. The first reason stays. Until then, the generation answers queries from its undamaged rows.</summary>
    ValueTask MarkDamagedAsync(ReadModelGeneration generation, string damage, CancellationToken cancellationToken);

    /// <summary>Begins a new generation, or finds the one that any process has begun.</summary>
    /// <returns>The generation to build; null if none is needed, because an undamaged one answers queries.</returns>
    ValueTask<ReadModelGeneration?> BeginBuildAsync(CancellationToken cancellationToken);

    /// <summary>Makes a built generation answer queries. All others no longer exist then.</summary>
    /// <returns>False if the generation no longer exists, or already answers queries.</returns>
    ValueTask<bool> FinishBuildAsync(ReadModelGeneration building, CancellationToken cancellationToken);

    /// <summary>Ends the existence of an unusable generation, whether it is being built or answers queries.</summary>
    ValueTask AbandonAsync(ReadModelGeneration generation, CancellationToken cancellationToken);

    /// <summary>Deletes a bounded part of what generations that no longer exist have left. It holds up no other call for long.</summary>
    /// <returns>Whether there may be more to delete.</returns>
    ValueTask<bool> DeletePieceAsync(CancellationToken cancellationToken);

    /// <summary>Makes the space of what was deleted available to everybody who uses the disk, as far as the store can.</summary>
    ValueTask ReclaimSpaceAsync(CancellationToken cancellationToken);

    /// <summary>Lists the sums of payers, in payer order, all as of one moment.</summary>
    /// <exception cref="ReadModelBehindException">No generation answers queries.</exception>
    /// <exception cref="ReadModelDamagedException">The requested sums cannot be read.</exception>
    ValueTask<PayerTotals> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken);

    /// <summary>Reads the flows and stocks of one payer that were recorded before a day.</summary>
    /// <param name="payer">The payer.</param>
    /// <param name="before">The first day to exclude.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The sums of the days in any order, all as of one moment.</returns>
    /// <exception cref="ReadModelBehindException">No generation answers queries.</exception>
    /// <exception cref="ReadModelDamagedException">The sums of the payer cannot be read.</exception>
    ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken);
}
