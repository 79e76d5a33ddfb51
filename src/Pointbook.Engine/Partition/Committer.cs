using Microsoft.Extensions.Logging;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;

namespace Pointbook.Engine.Partition;

/// <summary>What became of a batch's commit.</summary>
internal enum CommitResult
{
    /// <summary>It is durable.</summary>
    Committed,

    /// <summary>It is not in the journal and never will be; the batch has to be decided again.</summary>
    DecideAgain,

    /// <summary>It is not in the journal and never will be, because it was decided too far from the store's clock; the batch must be decided again.</summary>
    ClockDisagrees,

    /// <summary>It is not in the journal and never will be, because the store failed.</summary>
    Failed,

    /// <summary>It may be in the journal, now or later.</summary>
    Unknown,
}

/// <summary>Brings a commit into the journal and finds out what became of it. Used by the loop only.</summary>
internal sealed class Committer(IJournal journal, PartitionOptions options, TimeProvider clock, Random random, ILogger logger)
{
    private bool _disagrees;

    /// <summary>Appends the commit, repeating the very same append while its outcome is unknown.</summary>
    /// <remarks>
    /// Repeating is safe because the fence lets only one commit stand at one place. An unknown outcome is settled by finding
    /// the commit's id behind its predecessor, or by finding another commit there, and by nothing else.
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

    /// <summary>Waits for a random time, so that two writers who met do not meet again.</summary>
    public Task PauseAsync() => Task.Delay(options.RetryDelayMax * random.NextDouble(), clock);

    /// <summary>Logs that the store's clock disagrees, once until a commit is appended: a clock that is wrong stays wrong for all commits that follow.</summary>
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

    /// <summary>Looks which commit stands at the place of this one.</summary>
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
