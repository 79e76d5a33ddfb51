using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Advances an account store to a place in the journal by reading the journal. Used by one caller at a time.</summary>
/// <remarks>Other processes may do the same meanwhile, or empty the tables. In any case, it continues from the current position of the account store.</remarks>
/// <param name="parts">The parts of the partition.</param>
/// <param name="damaged">Receives the damage that a round finds while the partition runs.</param>
/// <param name="onRead">Receives each commit that a start reads, after its checks. Commits may come again, from an earlier place, if the store goes back.</param>
internal sealed class AccountStoreCatchUp(PartitionParts parts, DamagedAccounts damaged, Action<Commit> onRead)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(2);

    private readonly IJournal _journal = parts.Journal;
    private readonly IAccountStore _accountStore = parts.AccountStore;
    private readonly MissingKeys _missingKeys = new(parts.Journal);
    private long _reported;
    private Action<AccountDamagedException>? _collect;
    private Action<Commit>? _onRead;

    /// <summary>The erased accounts of which it found no text in the journal.</summary>
    public ErasedAccounts Erased { get; } = new();

    /// <summary>Advances the account store to the end of the journal, and rebuilds it if the two do not belong together.</summary>
    /// <returns>
    /// The head of the journal when the catch-up read it, up to which everything is in the account store. The catch-up does not wait for later commits of other
    /// processes, so that a start ends however busy they are.
    /// </returns>
    public async Task<JournalHead> StartAsync(CancellationToken cancellationToken)
    {
        _onRead = onRead;
        try
        {
            await ResetUnlessOfJournalAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (AccountStoreDamagedException damage)
        {
            await ResetAsync(damage, cancellationToken).ConfigureAwait(false);
        }

        JournalHead goal = await ReadCheckedHeadAsync(cancellationToken).ConfigureAwait(false);
        if (await FindDamageAsync(goal.Last, cancellationToken).ConfigureAwait(false) is { } found)
        {
            await ResetAsync(found, cancellationToken).ConfigureAwait(false);
            await RunAsync(goal.Last, cancellationToken).ConfigureAwait(false);
        }

        _onRead = null;
        return goal;
    }

    /// <summary>Reads the head and checks its commit, because all later commits are dated after it. No other code reads this commit if it is already in the account store.</summary>
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

    /// <summary>Writes everything up to a goal.</summary>
    /// <returns>The damage found meanwhile, so that everything must be rebuilt, or null.</returns>
    private async Task<StorageFailureException?> FindDamageAsync(Sequence goal, CancellationToken cancellationToken)
    {
        AccountDamagedException? found = null;
        _collect = damage => found ??= damage;
        try
        {
            await RunAsync(goal, cancellationToken).ConfigureAwait(false);
            return found;
        }
        catch (AccountStoreDamagedException damage)
        {
            return damage;
        }
        finally
        {
            _collect = null;
        }
    }

    /// <summary>Writes everything up to a goal, and checks the seals of what it reads.</summary>
    /// <param name="goal">The last entry of a commit in the journal.</param>
    /// <param name="cancellationToken">Cancels the call; entries written by then stay in the account store.</param>
    /// <returns>The position of the account store, at the goal or after it.</returns>
    /// <exception cref="JournalException">The journal could not be read, or its seals do not match its entries or the account store.</exception>
    public async Task<Sequence> RunAsync(Sequence goal, CancellationToken cancellationToken)
    {
        long started = parts.Clock.GetTimestamp();
        _reported = started;
        AccountStorePosition position = await _accountStore.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
        Sequence first = position.Last;
        if (first >= goal)
        {
            return first;
        }

        // All entries of an account must be found under one key, but this process may know keys from before they were erased.
        _journal.ForgetNames();

        Sequence reached;
        do
        {
            if (await TryReadOnAsync(position, goal, cancellationToken).ConfigureAwait(false))
            {
                reached = goal;
            }
            else
            {
                position = await _accountStore.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
                reached = position.Last;
            }
        }
        while (reached < goal);

        Erased.End();
        long milliseconds = (long)parts.Clock.GetElapsedTime(started).TotalMilliseconds;
        parts.Logger.CaughtUp(reached.Value, reached.Value - first.Value, milliseconds);
        return reached;
    }

    /// <summary>Whether the journal has the commits that the position and its target name.</summary>
    public async ValueTask<bool> IsOfJournalAsync(AccountStorePosition position, CancellationToken cancellationToken) =>
        await _journal.ReadSealAsync(position.Last, cancellationToken).ConfigureAwait(false) == position.Seal
        && await _journal.ReadSealAsync(position.TargetLast, cancellationToken).ConfigureAwait(false) == position.TargetSeal;

    private async Task ResetUnlessOfJournalAsync(CancellationToken cancellationToken)
    {
        AccountStorePosition position = await _accountStore.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
        if (!await IsOfJournalAsync(position, cancellationToken).ConfigureAwait(false))
        {
            parts.Logger.AccountStoreMismatch(position.TargetLast.Value);
            await _accountStore.ResetAsync(cancellationToken).ConfigureAwait(false);
        }
        else if (position.Damage is { } damage)
        {
            await ResetAsync(new AccountStoreDamagedException(damage), cancellationToken).ConfigureAwait(false);
        }
        else if (position.HasDamagedAccounts)
        {
            await ResetAsync(new AccountStoreDamagedException("The rows of some accounts were found damaged."), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ResetAsync(StorageFailureException damage, CancellationToken cancellationToken)
    {
        parts.Logger.AccountStoreDamaged(damage);
        await _accountStore.ResetAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads from a position up to the goal and applies what it reads.</summary>
    /// <returns>False if the account store has moved forward or back meanwhile, so that the caller must continue from there.</returns>
    private async Task<bool> TryReadOnAsync(AccountStorePosition position, Sequence goal, CancellationToken cancellationToken)
    {
        // The time of the previous commit is unknown here. The check of ascending times starts with the next commit.
        JournalHead head = new(position.Last, position.Seal, JournalHead.Empty.Time);
        List<Commit> round = [];
        int entries = 0;
        await foreach (Commit commit in _journal.ReadCommitsAsync(position.Last, cancellationToken).ConfigureAwait(false))
        {
            JournalVerification.Check(commit, head);
            head = commit.ToHead();
            _onRead?.Invoke(commit);
            Erased.Add(commit);
            round.Add(commit);
            entries += commit.Entries.Count;
            bool isGoal = head.Last >= goal;
            if (entries < parts.SnapshotWriterOptions.RoundEntriesMax && !isGoal)
            {
                continue;
            }

            await _missingKeys.ThrowIfMissingAsync(round, cancellationToken).ConfigureAwait(false);
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

        throw new JournalException($"The journal ends at entry {head.Last}, but previously contained entry {goal}.");
    }

    /// <summary>Applies a round, or its rest if another snapshot writer has applied a part of it.</summary>
    /// <returns>False if the account store's position is not within the round.</returns>
    private async ValueTask<bool> TryApplyAsync(List<Commit> round, CancellationToken cancellationToken)
    {
        while (round.Count > 0 && !await ApplyAsync(SnapshotRound.From(round), cancellationToken).ConfigureAwait(false))
        {
            AccountStorePosition position = await _accountStore.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
            int contained = 1 + round.FindIndex(commit => commit.Last == position.Last);
            if (contained == 0)
            {
                return false;
            }

            round.RemoveRange(0, contained);
        }

        return true;
    }

    private async ValueTask<bool> ApplyAsync(SnapshotRound round, CancellationToken cancellationToken)
    {
        bool isApplied = await _accountStore.ApplyAsync(round, cancellationToken).ConfigureAwait(false);
        if (_collect is { } collect)
        {
            // Damage of the directory alone is no reason for a rebuild. The server finds it again, and rewrites the directory while it runs.
            round.Damages.ToList().ForEach(collect);
        }
        else
        {
            damaged.TakeRound(round);
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
