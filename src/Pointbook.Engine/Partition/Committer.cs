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

    /// <summary>It is not in the journal and never will be, because its time was too far behind the store's clock; the batch has to be decided again.</summary>
    Late,

    /// <summary>It is not in the journal and never will be, because the store failed.</summary>
    Failed,

    /// <summary>It may be in the journal, now or later.</summary>
    Unknown,
}

/// <summary>Brings a commit into the journal and finds out what became of it. Used by the loop only.</summary>
internal sealed class Committer(IJournal journal, PartitionOptions options, TimeProvider clock, Random random, ILogger logger)
{
    private bool _isLate;

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
                switch (await journal.AppendAsync(commit, CancellationToken.None).ConfigureAwait(false))
                {
                    case AppendResult.Appended:
                        _isLate = false;
                        return CommitResult.Committed;
                    case AppendResult.Late when !isUnknown:
                        NoticeLate(commit);
                        return CommitResult.Late;
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

    /// <summary>Says that commits come too late, once until one is appended: a clock that is wrong stays wrong for all that follow.</summary>
    private void NoticeLate(Commit commit)
    {
        if (!_isLate)
        {
            logger.CommitsLate(commit.RecordedAt.ToString());
        }

        _isLate = true;
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
