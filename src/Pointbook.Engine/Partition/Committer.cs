using Microsoft.Extensions.Logging;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;

namespace Pointbook.Engine.Partition;

/// <summary>The result of a batch's commit.</summary>
internal enum CommitResult
{
    /// <summary>The commit is durable.</summary>
    Committed,

    /// <summary>The commit is not in the journal and never will be. The loop must decide the batch again.</summary>
    DecideAgain,

    /// <summary>The commit is not in the journal and never will be: it was decided too far from the store's clock. The loop must decide the batch again.</summary>
    ClockDisagrees,

    /// <summary>The commit is not in the journal and never will be, because the store failed.</summary>
    Failed,

    /// <summary>The commit may be in the journal, now or later.</summary>
    Unknown,
}

/// <summary>Appends a commit to the journal and determines the outcome. Only the loop uses it.</summary>
internal sealed class Committer(IJournal journal, PartitionOptions options, TimeProvider clock, Random random, ILogger logger)
{
    private bool _disagrees;

    /// <summary>Appends the commit, and repeats the same append while its outcome is unknown.</summary>
    /// <remarks>
    /// Repeating is safe because the fence allows only one commit at one place. The only ways to settle an unknown outcome: find
    /// the commit's id after its predecessor, or find another commit there.
    /// </remarks>
    public async ValueTask<CommitResult> CommitAsync(Commit commit)
    {
        bool isUnknown = false;
        for (int attempt = 1; attempt <= options.AttemptsMax; attempt++)
        {
            try
            {
                AppendResult result = await journal.AppendAsync(commit, CancellationToken.None).ConfigureAwait(false);
                switch (result)
                {
                    case AppendResult.Appended:
                        _disagrees = false;
                        return CommitResult.Committed;
                    case AppendResult.Late or AppendResult.Early when !isUnknown:
                        NoticeDisagreement(commit, result);
                        return CommitResult.ClockDisagrees;
                    default:
                        return isUnknown ? await SettleAsync(commit).ConfigureAwait(false) : CommitResult.DecideAgain;
                }
            }
            catch (JournalException failure)
            {
                logger.AppendFailed(failure, commit.First.Value, commit.Last.Value, failure.IsOutcomeUnknown);
                isUnknown |= failure.IsOutcomeUnknown;
                if (!isUnknown)
                {
                    return CommitResult.Failed;
                }
            }

            await PauseAsync().ConfigureAwait(false);
        }

        return await SettleAsync(commit).ConfigureAwait(false);
    }

    /// <summary>Waits for a random time, so that two writers that collided do not collide again.</summary>
    public Task PauseAsync() => Task.Delay(options.RetryDelayMax * random.NextDouble(), clock);

    /// <summary>Logs that the store's clock disagrees, once until a commit is appended: a wrong clock affects all commits that follow.</summary>
    private void NoticeDisagreement(Commit commit, AppendResult result)
    {
        if (!_disagrees && result == AppendResult.Late)
        {
            logger.CommitsLate(commit.DecidedAt.ToString());
        }
        else if (!_disagrees)
        {
            logger.CommitsEarly(commit.DecidedAt.ToString());
        }

        _disagrees = true;
    }

    /// <summary>Reads which commit is at the place of this one.</summary>
    private async ValueTask<CommitResult> SettleAsync(Commit commit)
    {
        try
        {
            Guid? id = await journal.ConfirmAsync(commit.First, CancellationToken.None).ConfigureAwait(false);
            return id is null ? CommitResult.Unknown
                : id == commit.Id ? CommitResult.Committed
                : CommitResult.DecideAgain;
        }
        catch (JournalException failure)
        {
            logger.SettlingFailed(failure, commit.First.Value, commit.Last.Value);
            return CommitResult.Unknown;
        }
    }
}
