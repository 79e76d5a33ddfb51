using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Analytics;

/// <summary>The changes of consecutive commits to the analytics tables. Immutable.</summary>
public sealed class AnalyticsRound
{
    private AnalyticsRound(
        AnalyticsPosition after, IReadOnlyList<Commit> commits, IReadOnlyList<AnalyticsOperation> operations, IReadOnlyCollection<AnalyticsAccount> accounts)
    {
        After = after;
        Commits = commits;
        Operations = operations;
        Accounts = accounts;
    }

    /// <summary>The position that the tables must have before the round is written.</summary>
    public AnalyticsPosition After { get; }

    /// <summary>The commits, at least one.</summary>
    public IReadOnlyList<Commit> Commits { get; }

    /// <summary>Their operations, in order.</summary>
    public IReadOnlyList<AnalyticsOperation> Operations { get; }

    /// <summary>The accounts that the commits change.</summary>
    public IReadOnlyCollection<AnalyticsAccount> Accounts { get; }

    /// <summary>The erased accounts, by their first entries. The reference and the reason of an erasure stay.</summary>
    public IReadOnlyList<Sequence> Erased => [.. Operations.Where(operation => operation.First.Kind == EntryKind.Erasure).Select(operation => operation.Opening)];

    /// <summary>The partition.</summary>
    public int Partition => Commits[0].Partition;

    /// <summary>The position of the tables after the round.</summary>
    public AnalyticsPosition End => new(Commits[^1].Last, Commits[^1].Seal, IsEmptying: false);

    /// <summary>The number of entries.</summary>
    public long EntryCount => Commits[^1].Last.Value - After.Last.Value;

    /// <summary>Adds up the changes of commits.</summary>
    /// <param name="after">The position that the first commit must follow.</param>
    /// <param name="commits">At least one commit, without a gap.</param>
    /// <exception cref="AccountDamagedException">The operations of an account do not follow each other. The ledger never writes such a journal.</exception>
    public static AnalyticsRound From(AnalyticsPosition after, IReadOnlyList<Commit> commits)
    {
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(commits);
        if (commits.Count == 0 || commits[0].First != after.Last.Next)
        {
            throw new ArgumentException($"A round has at least one commit and begins behind entry {after.Last}.", nameof(commits));
        }

        // By their first entries, as in the tables, because the texts of an account, including its key, may be erased.
        Dictionary<Sequence, AnalyticsAccount> accounts = [];
        List<AnalyticsOperation> operations = [];
        foreach (Commit commit in commits)
        {
            for (int next = 0; next < commit.Entries.Count;)
            {
                next = AddOperation(commit, next, accounts, operations);
            }
        }

        foreach (AnalyticsAccount account in accounts.Values)
        {
            account.Finish();
        }

        return new AnalyticsRound(after, commits, operations, accounts.Values);
    }

    /// <summary>Adds the operation that begins at an entry.</summary>
    /// <returns>The index of the entry after the operation.</returns>
    private static int AddOperation(
        Commit commit, int start, Dictionary<Sequence, AnalyticsAccount> accounts, List<AnalyticsOperation> operations)
    {
        Entry first = commit.Entries[start];
        Sequence opening = first.AccountOpening;
        if (!accounts.TryGetValue(opening, out AnalyticsAccount? account))
        {
            account = new AnalyticsAccount(first);
            accounts.Add(opening, account);
        }

        int next = start;
        Int128 points = 0;
        do
        {
            Entry entry = commit.Entries[next++];
            account.Add(new RecordedEntry(entry, commit.Time));
            points += entry.Points.Value;
        }
        while (next < commit.Entries.Count && !commit.Entries[next].IsFirst);

        // The sum is in range, because both balances are. An intermediate 64-bit sum could leave the range.
        operations.Add(new AnalyticsOperation(
            new EntryId(commit.Partition, first.Sequence), account.Opening, first, commit.Entries[next - 1].Sequence, new Points((long)points), commit.Time));
        return next;
    }
}
