using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Brings a projection up to a place in the journal by reading the journal. Used by one caller at a time.</summary>
/// <remarks>Other processes may do the same meanwhile, or empty the tables. Whatever they do, it goes on from where the projection is.</remarks>
internal sealed class ProjectionCatchUp(PartitionParts parts, Action<AccountDamagedException> onDamaged)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(2);

    private readonly IJournal _journal = parts.Journal;
    private readonly IProjection _projection = parts.Projection;
    private readonly CommitSeal _seals = new();
    private long _reported;
    private Action<AccountDamagedException>? _collect;

    /// <summary>Brings the projection up to the end of the journal, rebuilding it if the two do not belong together.</summary>
    /// <returns>
    /// The head the journal had when it began, up to which everything is projected. What others write later is not waited for,
    /// so that a start ends however busy they are.
    /// </returns>
    public async Task<JournalHead> StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ResetUnlessOfJournalAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ProjectionDamagedException damage)
        {
            await ResetAsync(damage, cancellationToken).ConfigureAwait(false);
        }

        JournalHead goal = await ReadCheckedHeadAsync(cancellationToken).ConfigureAwait(false);
        if (await FindDamageAsync(goal.Last, cancellationToken).ConfigureAwait(false) is { } found)
        {
            await ResetAsync(found, cancellationToken).ConfigureAwait(false);
            await RunAsync(goal.Last, cancellationToken).ConfigureAwait(false);
        }

        return goal;
    }

    /// <summary>Reads where the journal ends and checks its last commit. All later commits are dated after it, and nobody else reads it if it is projected.</summary>
    /// <exception cref="JournalDamagedException">The last commit is not what was committed.</exception>
    private async ValueTask<JournalHead> ReadCheckedHeadAsync(CancellationToken cancellationToken)
    {
        JournalHead head = await _journal.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        if (head.Last == Sequence.Zero)
        {
            return head;
        }

        Commit? last = await JournalVerification.ReadCommitOfAsync(_journal, head.Last, cancellationToken).ConfigureAwait(false);
        return last?.ToHead() == head
            ? head
            : throw new JournalDamagedException(
                _journal.Partition, $"The journal of partition {_journal.Partition} ends at entry {head.Last} with a commit that is not its last one.")
            {
                First = head.Last,
                Last = head.Last,
            };
    }

    /// <summary>Projects everything up to a goal.</summary>
    /// <returns>What was found damaged meanwhile, so that everything must be rebuilt, or null.</returns>
    private async Task<StorageFailureException?> FindDamageAsync(Sequence goal, CancellationToken cancellationToken)
    {
        AccountDamagedException? found = null;
        _collect = damage => found ??= damage;
        try
        {
            await RunAsync(goal, cancellationToken).ConfigureAwait(false);
            return found;
        }
        catch (ProjectionDamagedException damage)
        {
            return damage;
        }
        finally
        {
            _collect = null;
        }
    }

    /// <summary>Projects everything up to a goal, checking the seals of what it reads.</summary>
    /// <param name="goal">The last entry of some commit that is in the journal.</param>
    /// <param name="cancellationToken">Ends it; what is projected by then stays.</param>
    /// <returns>Where the projection is, at the goal or beyond.</returns>
    /// <exception cref="JournalException">The journal could not be read, or its seals do not match its entries or the projection.</exception>
    public async Task<Sequence> RunAsync(Sequence goal, CancellationToken cancellationToken)
    {
        long started = parts.Clock.GetTimestamp();
        _reported = started;
        ProjectionPosition position = await _projection.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
        Sequence first = position.Last;
        if (first >= goal)
        {
            return first;
        }

        Sequence reached;
        do
        {
            if (await TryReadOnAsync(position, goal, cancellationToken).ConfigureAwait(false))
            {
                reached = goal;
            }
            else
            {
                position = await _projection.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
                reached = position.Last;
            }
        }
        while (reached < goal);

        long milliseconds = (long)parts.Clock.GetElapsedTime(started).TotalMilliseconds;
        parts.Logger.CaughtUp(reached.Value, reached.Value - first.Value, milliseconds);
        return reached;
    }

    private async Task ResetUnlessOfJournalAsync(CancellationToken cancellationToken)
    {
        ProjectionPosition position = await _projection.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
        bool isOfJournal = await _journal.ReadSealAsync(position.Last, cancellationToken).ConfigureAwait(false) == position.Seal
            && await _journal.ReadSealAsync(position.TargetLast, cancellationToken).ConfigureAwait(false) == position.TargetSeal;
        if (!isOfJournal)
        {
            parts.Logger.ProjectionMismatch(position.TargetLast.Value);
            await _projection.ResetAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (position.HasDamagedAccounts)
        {
            await ResetAsync(new ProjectionDamagedException("The rows of some accounts were found damaged."), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ResetAsync(StorageFailureException damage, CancellationToken cancellationToken)
    {
        parts.Logger.ProjectionDamaged(damage);
        await _projection.ResetAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads from a position up to the goal and applies what it reads.</summary>
    /// <returns>False if the projection has moved elsewhere meanwhile, ahead or back, so that reading has to begin anew there.</returns>
    private async Task<bool> TryReadOnAsync(ProjectionPosition position, Sequence goal, CancellationToken cancellationToken)
    {
        // The time of the commit before is not known here; that times ascend is checked from the next commit on.
        JournalHead head = new(position.Last, position.Seal, JournalHead.Empty.Time);
        List<Commit> round = [];
        int entries = 0;
        await foreach (Commit commit in _journal.ReadCommitsAsync(position.Last, cancellationToken).ConfigureAwait(false))
        {
            JournalVerification.Check(commit, head, _seals);
            head = commit.ToHead();
            round.Add(commit);
            entries += commit.Entries.Count;
            bool isGoal = head.Last >= goal;
            if (entries < parts.ProjectorOptions.RoundEntriesMax && !isGoal)
            {
                continue;
            }

            if (!await TryApplyAsync(round, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            if (isGoal)
            {
                return true;
            }

            (round, entries) = ([], 0);
            Report(head.Last, goal);
        }

        throw new JournalException($"The journal ends at entry {head.Last}, but had entry {goal} before.");
    }

    /// <summary>Applies a round, or what is left of it where another projector was faster.</summary>
    /// <returns>False if the projection is not within the round.</returns>
    private async ValueTask<bool> TryApplyAsync(List<Commit> round, CancellationToken cancellationToken)
    {
        while (round.Count > 0 && !await ApplyAsync(ProjectionRound.From(round), cancellationToken).ConfigureAwait(false))
        {
            ProjectionPosition position = await _projection.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
            int contained = 1 + round.FindIndex(commit => commit.Last == position.Last);
            if (contained == 0)
            {
                return false;
            }

            round.RemoveRange(0, contained);
        }

        return true;
    }

    private async ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken)
    {
        bool isApplied = await _projection.ApplyAsync(round, cancellationToken).ConfigureAwait(false);
        foreach (AccountDamagedException damage in round.Damages)
        {
            (_collect ?? onDamaged)(damage);
        }

        return isApplied;
    }

    private void Report(Sequence reached, Sequence goal)
    {
        if (parts.Clock.GetElapsedTime(_reported) >= ProgressInterval)
        {
            _reported = parts.Clock.GetTimestamp();
            parts.Logger.CatchUpProgress(reached.Value, goal.Value, (int)(reached.Value * 100.0 / goal.Value));
        }
    }
}
