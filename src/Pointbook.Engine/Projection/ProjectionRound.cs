using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Projection;

/// <summary>The commits that a projection takes in together, sorted by account. Immutable.</summary>
public sealed class ProjectionRound
{
    private ProjectionRound(
        Sequence after, JournalHead end, IReadOnlyList<AccountEntries> accounts, IReadOnlyList<PayerTotalChange> totals)
    {
        After = after;
        End = end;
        Accounts = accounts;
        Totals = totals;
    }

    /// <summary>The entry before the first one of the round.</summary>
    public Sequence After { get; }

    /// <summary>The head of the journal with the round's last commit.</summary>
    public JournalHead End { get; }

    /// <summary>The entries of each account, in the order of account keys.</summary>
    public IReadOnlyList<AccountEntries> Accounts { get; }

    /// <summary>By how much each payer's sums over all accounts change, in payer order.</summary>
    public IReadOnlyList<PayerTotalChange> Totals { get; }

    /// <summary>Sorts commits that follow each other.</summary>
    /// <exception cref="ArgumentException">There is no commit, or one does not follow the one before it.</exception>
    public static ProjectionRound From(IReadOnlyList<Commit> commits)
    {
        ArgumentNullException.ThrowIfNull(commits);
        if (commits.Count == 0)
        {
            throw new ArgumentException("A round has at least one commit.", nameof(commits));
        }

        Dictionary<AccountId, AccountEntries> accounts = [];
        Dictionary<PayerName, PayerTotalChange> totals = [];
        Sequence next = commits[0].First;
        foreach (Commit commit in commits)
        {
            if (commit.First != next)
            {
                throw new ArgumentException($"A round without a gap has entry {next} where this one has entry {commit.First}.", nameof(commits));
            }

            next = commit.Last.Next;
            AccountEntries? current = null;
            foreach (Entry entry in commit.Entries)
            {
                if (current?.Account != entry.Account && !accounts.TryGetValue(entry.Account, out current))
                {
                    current = new AccountEntries(entry.Account);
                    accounts.Add(entry.Account, current);
                }

                current.Add(new RecordedEntry(entry, commit.RecordedAt));
                AddTotal(totals, entry);
            }
        }

        List<AccountEntries> sorted = [.. accounts.Values];
        sorted.Sort(static (left, right) => left.Account.CompareTo(right.Account));
        return new ProjectionRound(
            new Sequence(commits[0].First.Value - 1),
            commits[^1].ToHead(),
            sorted,
            [.. totals.Values.OrderBy(total => total.Payer)]);
    }

    private static void AddTotal(Dictionary<PayerName, PayerTotalChange> totals, Entry entry)
    {
        if (entry.Payer is null)
        {
            return;
        }

        PayerTotalChange total = totals.GetValueOrDefault(entry.Payer, new PayerTotalChange(entry.Payer, 0, 0));
        totals[entry.Payer] = total with
        {
            Points = total.Points + entry.Points.Value,
            Outstanding = total.Outstanding + entry.LotPoints.Value - entry.Points.Value,
        };
    }
}

/// <summary>By how much one payer's sums over all accounts change.</summary>
/// <param name="Payer">Whose sums.</param>
/// <param name="Points">The change of its points.</param>
/// <param name="Outstanding">The change of its outstanding deductions.</param>
public readonly record struct PayerTotalChange(PayerName Payer, Int128 Points, Int128 Outstanding);

/// <summary>An entry and when it was recorded.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="RecordedAt">When its commit was made.</param>
public readonly record struct RecordedEntry(Entry Entry, Instant RecordedAt);

/// <summary>The entries of one account in a round, in order.</summary>
public sealed class AccountEntries
{
    private readonly List<RecordedEntry> _entries = [];

    internal AccountEntries(AccountId account) => Account = account;

    /// <summary>Which account.</summary>
    public AccountId Account { get; }

    /// <summary>The entries themselves.</summary>
    public IReadOnlyList<RecordedEntry> Entries => _entries;

    /// <summary>What its rows have to change by.</summary>
    /// <param name="standsAt">The last entry that its rows contain already.</param>
    /// <returns>The change, or null if the rows contain everything.</returns>
    public AccountChange? ChangeSince(Sequence standsAt)
    {
        if (_entries[^1].Entry.Sequence <= standsAt)
        {
            return null;
        }

        AccountChange change = new(Account);
        foreach (RecordedEntry entry in _entries)
        {
            if (entry.Entry.Sequence > standsAt)
            {
                change.Add(entry.Entry, entry.RecordedAt);
            }
        }

        return change;
    }

    internal void Add(RecordedEntry entry) => _entries.Add(entry);
}
