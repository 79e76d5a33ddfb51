using System.Runtime.CompilerServices;
using Pointbook.Ledger.Entries;
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
        CommitSealer sealer = new();
        JournalHead head = after;
        await foreach (Commit commit in journal.ReadCommitsAsync(head.Last, cancellationToken).ConfigureAwait(false))
        {
            Check(commit, head, sealer);
            head = commit.ToHead();
            yield return commit;
        }
    }

    /// <summary>Checks that a commit is whole, follows the head, and is what its seal was computed of.</summary>
    /// <exception cref="JournalException">It does not.</exception>
    public static void Check(Commit commit, JournalHead head, CommitSealer sealer)
    {
        ArgumentNullException.ThrowIfNull(commit);
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(sealer);
        Sequence expected = head.Last.Next;
        foreach (Entry entry in commit.Entries)
        {
            if (entry.Sequence != expected)
            {
                throw new JournalException($"The journal has entry {entry.Sequence} where entry {expected} belongs.");
            }

            expected = expected.Next;
        }

        if (commit.PreviousSeal != head.Seal)
        {
            throw new JournalException($"The commit of entries {commit.First} to {commit.Last} does not follow the commit before it.");
        }

        if (commit.RecordedAt <= head.RecordedAt)
        {
            throw new JournalException($"The commit of entries {commit.First} to {commit.Last} is not recorded later than the one before it.");
        }

        if (commit.DecidedAt > commit.RecordedAt)
        {
            throw new JournalException($"The commit of entries {commit.First} to {commit.Last} is recorded before it was decided.");
        }

        if (commit.Format != CommitSealer.FormatNewest)
        {
            throw new JournalException(
                $"The commit of entries {commit.First} to {commit.Last} is in format {commit.Format}, which this version does not know: "
                + "it was altered, or a newer version wrote it.");
        }

        if (sealer.Compute(commit) != commit.Seal)
        {
            throw new JournalException($"The commit of entries {commit.First} to {commit.Last} does not match its seal: it was altered.");
        }
    }
}
