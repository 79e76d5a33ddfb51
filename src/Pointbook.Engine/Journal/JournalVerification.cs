using System.Runtime.CompilerServices;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Proves that a journal contains what was committed: every seal, every place, every time.</summary>
public static class JournalVerification
{
    /// <summary>Reads a whole journal and checks each commit.</summary>
    /// <param name="journal">The journal; it may grow meanwhile.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The head of the checked part.</returns>
    /// <exception cref="JournalException">A commit is not what was committed, or the journal could not be read.</exception>
    public static async Task<JournalHead> VerifyAsync(IJournal journal, CancellationToken cancellationToken)
    {
        JournalHead head = JournalHead.Empty;
        await foreach (Commit commit in ReadAsync(journal, head, cancellationToken).ConfigureAwait(false))
        {
            head = commit.ToHead();
        }

        return head;
    }

    /// <summary>Reads and checks the commits of a journal in order. A read from the beginning returns each account under one key, unless it is erased meanwhile.</summary>
    /// <param name="journal">The journal; it may grow meanwhile.</param>
    /// <param name="after">Where to begin: the head of a checked part, or of an empty journal.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="JournalException">A commit is not what was committed, does not follow the checked part, or could not be read.</exception>
    public static async IAsyncEnumerable<Commit> ReadAsync(
        IJournal journal, JournalHead after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(after);
        JournalHead head = after;
        if (after.Last == Sequence.Zero)
        {
            journal.ForgetNames();
        }

        await foreach (Commit commit in journal.ReadCommitsAsync(head.Last, cancellationToken).ConfigureAwait(false))
        {
            Check(commit, head);
            head = commit.ToHead();
            yield return commit;
        }
    }

    /// <summary>Checks that a commit follows the head and matches its seal.</summary>
    /// <exception cref="JournalException">The commit fails a check.</exception>
    public static void Check(Commit commit, JournalHead head)
    {
        ArgumentNullException.ThrowIfNull(commit);
        ArgumentNullException.ThrowIfNull(head);
        if (commit.First != head.Last.Next)
        {
            throw Damaged(commit, $"The journal contains entry {commit.First} where entry {head.Last.Next} belongs.");
        }

        if (commit.PreviousSeal != head.Seal)
        {
            throw Damaged(commit, $"The commit of entries {commit.First} to {commit.Last} does not follow the commit before it.");
        }

        if (commit.RecordedAt <= head.RecordedAt)
        {
            throw Damaged(commit, $"The commit of entries {commit.First} to {commit.Last} was not recorded later than the one before it.");
        }

        if (commit.DecidedAt > commit.RecordedAt)
        {
            throw Damaged(commit, $"The commit of entries {commit.First} to {commit.Last} was recorded before it was decided.");
        }

        if (commit.Format != CommitSeal.FormatNewest)
        {
            throw Damaged(
                commit,
                $"The commit of entries {commit.First} to {commit.Last} has format {commit.Format}, which this version does not support: "
                + "it was altered, or a newer version wrote it.");
        }

        if (!CommitSeal.Matches(commit.ToHeader(), commit.Bytes))
        {
            throw Damaged(commit, $"The commit of entries {commit.First} to {commit.Last} does not match its seal: it was altered.");
        }
    }

    /// <summary>Reads the commit that contains an entry, and checks it against its seal and the previous commit.</summary>
    /// <returns>The commit, or null if the entry does not exist.</returns>
    /// <exception cref="JournalDamagedException">The commit is not what was committed.</exception>
    /// <exception cref="JournalException">The journal could not be read.</exception>
    public static async ValueTask<Commit?> ReadCommitOfAsync(IJournal journal, Sequence entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(journal);
        await foreach (Commit commit in journal.ReadCommitsAsync(new Sequence(entry.Value - 1), cancellationToken).ConfigureAwait(false))
        {
            Check(commit, await ReadHeadBeforeAsync(journal, commit, cancellationToken).ConfigureAwait(false));
            return commit;
        }

        return null;
    }

    /// <summary>Returns the head that a commit follows. Its time is unknown and set to the earliest possible time.</summary>
    /// <exception cref="JournalDamagedException">No commit ends before this one.</exception>
    internal static async ValueTask<JournalHead> ReadHeadBeforeAsync(IJournal journal, Commit commit, CancellationToken cancellationToken)
    {
        Sequence before = new(commit.First.Value - 1);
        return await journal.ReadSealAsync(before, cancellationToken).ConfigureAwait(false) is { } seal
            ? new JournalHead(before, seal, JournalHead.Empty.Time)
            : throw Damaged(commit, $"No commit ends at entry {before}, and the commit of entries {commit.First} to {commit.Last} begins after it.");
    }

    private static JournalDamagedException Damaged(Commit commit, string message) =>
        new(commit.Partition, message) { Commit = commit.Id, First = commit.First, Last = commit.Last };
}
