using System.Runtime.CompilerServices;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Proves that a journal is what was committed: every seal, every place, every time.</summary>
public static class JournalVerification
{
    /// <summary>Reads a whole journal and checks every commit of it.</summary>
    /// <param name="journal">The journal; it may grow meanwhile.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The head up to which the journal was checked.</returns>
    /// <exception cref="JournalException">Some commit is not what was committed.</exception>
    public static async Task<JournalHead> VerifyAsync(IJournal journal, CancellationToken cancellationToken)
    {
        JournalHead head = JournalHead.Empty;
        await foreach (Commit commit in ReadAsync(journal, head, cancellationToken).ConfigureAwait(false))
        {
            head = commit.ToHead();
        }

        return head;
    }

    /// <summary>Reads the commits of a journal in order; whoever gets one may rely on it.</summary>
    /// <param name="journal">The journal; it may grow meanwhile.</param>
    /// <param name="after">Where to begin: the head of a part that was checked before, or of an empty journal.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="JournalException">Some commit is not what was committed, or does not follow what was checked.</exception>
    public static async IAsyncEnumerable<Commit> ReadAsync(
        IJournal journal, JournalHead after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(journal);
        ArgumentNullException.ThrowIfNull(after);
        CommitSeal seals = new();
        JournalHead head = after;
        await foreach (Commit commit in journal.ReadCommitsAsync(head.Last, cancellationToken).ConfigureAwait(false))
        {
            Check(commit, head, seals);
            head = commit.ToHead();
            yield return commit;
        }
    }

    /// <summary>Checks that a commit is whole, follows the head, and is what its seal was computed of.</summary>
    /// <exception cref="JournalException">It does not.</exception>
    public static void Check(Commit commit, JournalHead head, CommitSeal seals)
    {
        ArgumentNullException.ThrowIfNull(commit);
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(seals);
        if (commit.First != head.Last.Next)
        {
            throw Damaged(commit, $"The journal has entry {commit.First} where entry {head.Last.Next} belongs.");
        }

        if (commit.PreviousSeal != head.Seal)
        {
            throw Damaged(commit, $"The commit of entries {commit.First} to {commit.Last} does not follow the commit before it.");
        }

        if (commit.RecordedAt <= head.RecordedAt)
        {
            throw Damaged(commit, $"The commit of entries {commit.First} to {commit.Last} is not recorded later than the one before it.");
        }

        if (commit.DecidedAt > commit.RecordedAt)
        {
            throw Damaged(commit, $"The commit of entries {commit.First} to {commit.Last} is recorded before it was decided.");
        }

        if (commit.Format != CommitSeal.FormatNewest)
        {
            throw Damaged(
                commit,
                $"The commit of entries {commit.First} to {commit.Last} is in format {commit.Format}, which this version does not know: "
                + "it was altered, or a newer version wrote it.");
        }

        if (seals.Compute(commit) != commit.Seal)
        {
            throw Damaged(commit, $"The commit of entries {commit.First} to {commit.Last} does not match its seal: it was altered.");
        }
    }

    /// <summary>Reads the commit that has an entry, and checks it against its seal and the commit before it.</summary>
    /// <returns>The commit, or null if there is no such entry.</returns>
    /// <exception cref="JournalDamagedException">The commit is not what was committed.</exception>
    /// <exception cref="JournalException">The journal could not be read.</exception>
    public static async ValueTask<Commit?> ReadCommitOfAsync(IJournal journal, Sequence entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(journal);
        await foreach (Commit commit in journal.ReadCommitsAsync(new Sequence(entry.Value - 1), cancellationToken).ConfigureAwait(false))
        {
            Check(commit, await ReadHeadBeforeAsync(journal, commit, cancellationToken).ConfigureAwait(false), new CommitSeal());
            return commit;
        }

        return null;
    }

    /// <summary>The head that a commit follows; its time is not known and is the earliest there is.</summary>
    /// <exception cref="JournalDamagedException">No commit ends before this one.</exception>
    internal static async ValueTask<JournalHead> ReadHeadBeforeAsync(IJournal journal, Commit commit, CancellationToken cancellationToken)
    {
        Sequence before = new(commit.First.Value - 1);
        return await journal.ReadSealAsync(before, cancellationToken).ConfigureAwait(false) is { } seal
            ? new JournalHead(before, seal, JournalHead.Empty.Time)
            : throw Damaged(commit, $"No commit ends at entry {before}, and the commit of entries {commit.First} to {commit.Last} begins behind it.");
    }

    private static JournalDamagedException Damaged(Commit commit, string message) =>
        new(commit.Partition, message) { Commit = commit.Id, First = commit.First, Last = commit.Last };
}
