using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Advances the generations of a read model, each by one round at a time. One caller at a time advances a generation.</summary>
internal sealed class ReadModelFeed(PartitionParts parts, CommitBacklog backlog)
{
    private readonly IJournal _journal = parts.Journal.Background;
    private readonly IReadModel _readModel = parts.ReadModel;

    /// <summary>The sums of commits that the start has read. Each round serves the first generation that needs it.</summary>
    public StartRounds StartRounds { get; } = new(parts.ReadModelOptions.RoundEntriesMax, parts.ReadModelOptions.PendingEntriesMax);

    /// <summary>Reads the existing generations, and deletes those that do not belong to this journal.</summary>
    public async ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken)
    {
        ReadModelState state = await _readModel.ReadStateAsync(cancellationToken).ConfigureAwait(false);
        return new ReadModelState(
            await CheckAsync(state.Serving, cancellationToken).ConfigureAwait(false),
            await CheckAsync(state.Building, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Adds the next round to a generation, from memory if possible.</summary>
    /// <returns>The advanced generation; null if the caller must read the state again.</returns>
    /// <exception cref="JournalException">The journal could not be read, or its seals do not match its entries.</exception>
    public async ValueTask<ReadModelGeneration?> AdvanceAsync(ReadModelGeneration generation, bool isBuilt, CancellationToken cancellationToken)
    {
        ReadModelRound round = StartRounds.Take(generation.Position)
            ?? (isBuilt ? null : backlog.TakeRound(generation.Position, parts.ReadModelOptions.RoundEntriesMax))
            ?? await ReadRoundAsync(generation.Position, cancellationToken).ConfigureAwait(false);
        return await _readModel.ApplyAsync(generation, round, cancellationToken).ConfigureAwait(false) ? generation with { Position = round.End } : null;
    }

    private async ValueTask<ReadModelRound> ReadRoundAsync(ReadModelPosition after, CancellationToken cancellationToken)
    {
        Sequence head = backlog.Head;
        ReadModelRound round = new(after);
        await foreach (Commit commit in JournalVerification.ReadAsync(_journal, after.ToHead(), cancellationToken).ConfigureAwait(false))
        {
            round.Add(commit);
            if (round.EntryCount >= parts.ReadModelOptions.RoundEntriesMax || round.End.Last >= head)
            {
                return round;
            }
        }

        throw new JournalException($"The journal ends at entry {round.End.Last}, but previously contained entry {head}.");
    }

    private async ValueTask<ReadModelGeneration?> CheckAsync(ReadModelGeneration? generation, CancellationToken cancellationToken)
    {
        if (generation is null
            || await _journal.ReadSealAsync(generation.Position.Last, cancellationToken).ConfigureAwait(false) == generation.Position.Seal)
        {
            return generation;
        }

        parts.Logger.ReadModelMismatch(generation.Position.Last.Value);
        await _readModel.AbandonAsync(generation, cancellationToken).ConfigureAwait(false);
        return null;
    }
}
