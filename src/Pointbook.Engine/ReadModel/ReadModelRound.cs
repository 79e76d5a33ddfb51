using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The changes of consecutive commits to a read model. Not thread-safe while commits are added.</summary>
/// <param name="after">The position that the first commit must follow.</param>
public sealed class ReadModelRound(ReadModelPosition after)
{
    /// <summary>The position before the round.</summary>
    public ReadModelPosition After { get; } = after;

    /// <summary>The position after the round.</summary>
    public ReadModelPosition End { get; private set; } = after;

    /// <summary>The changes of the payers' sums over all accounts.</summary>
    public PayerSumChanges Sums { get; } = new();

    /// <summary>The number of entries in the round.</summary>
    public long EntryCount => End.Last.Value - After.Last.Value;

    /// <summary>Creates a round from commits.</summary>
    /// <exception cref="ArgumentException">There is no commit, or a commit does not follow the previous one.</exception>
    public static ReadModelRound From(IReadOnlyList<Commit> commits)
    {
        ArgumentNullException.ThrowIfNull(commits);
        if (commits.Count == 0)
        {
            throw new ArgumentException("A round has at least one commit.", nameof(commits));
        }

        ReadModelRound round = new(new ReadModelPosition(new Sequence(commits[0].First.Value - 1), commits[0].PreviousSeal));
        foreach (Commit commit in commits)
        {
            round.Add(commit);
        }

        return round;
    }

    /// <summary>Adds the next commit.</summary>
    /// <exception cref="ArgumentException">The commit does not follow the round.</exception>
    public void Add(Commit commit)
    {
        ArgumentNullException.ThrowIfNull(commit);
        if (commit.First != End.Last.Next || commit.PreviousSeal != End.Seal)
        {
            throw new ArgumentException($"The commit of entries {commit.First} to {commit.Last} does not follow entry {End.Last}.", nameof(commit));
        }

        foreach (Entry entry in commit.Entries)
        {
            Sums.Add(entry, commit.RecordedAt);
        }

        End = new ReadModelPosition(commit.Last, commit.Seal);
    }
}
