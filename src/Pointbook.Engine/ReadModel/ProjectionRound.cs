using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The commits that a projection takes in together, sorted by account. Immutable, except for what the projection reports.</summary>
public sealed class ProjectionRound
{
    private readonly List<AccountDamagedException> _damages = [];

    private ProjectionRound(Sequence after, JournalHead end, IReadOnlyList<AccountEntries> accounts, PayerSumChanges sums)
    {
        After = after;
        End = end;
        Accounts = accounts;
        Sums = sums;
    }

    /// <summary>The entry before the first one of the round.</summary>
    public Sequence After { get; }

    /// <summary>The head of the journal with the round's last commit.</summary>
    public JournalHead End { get; }

    /// <summary>The entries of each account, in the order of account keys.</summary>
    public IReadOnlyList<AccountEntries> Accounts { get; }

    /// <summary>By how much the payers' sums over all accounts change.</summary>
    public PayerSumChanges Sums { get; }

    /// <summary>The accounts whose rows the round has found damaged and marked, so that it passed over them.</summary>
    public IReadOnlyList<AccountDamagedException> Damages => _damages;

    /// <summary>Called by the projection once the mark of a damaged account is durable.</summary>
    public void ReportDamage(AccountDamagedException damage) => _damages.Add(damage);

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
        PayerSumChanges sums = new();
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

                current.Add(new RecordedEntry(entry, commit.Time));
                sums.Add(entry, commit.RecordedAt);
            }
        }

        List<AccountEntries> sorted = [.. accounts.Values];
        sorted.Sort(static (left, right) => left.Account.CompareTo(right.Account));
        return new ProjectionRound(new Sequence(commits[0].First.Value - 1), commits[^1].ToHead(), sorted, sums);
    }
}

/// <summary>An entry and when it was recorded.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Time">The times of its commit.</param>
public readonly record struct RecordedEntry(Entry Entry, CommitTime Time)
{
    /// <summary>When its commit was recorded.</summary>
    public Instant RecordedAt => Time.RecordedAt;
}

/// <summary>The entries of one account in a round, in order.</summary>
public sealed class AccountEntries
{
    // A round computes the changes of very many accounts, one after the other.
    [ThreadStatic]
    private static OperationRowBuilder? _builder;

    private readonly List<RecordedEntry> _entries = [];

    internal AccountEntries(AccountId account) => Account = account;

    /// <summary>Which account.</summary>
    public AccountId Account { get; }

    /// <summary>The entries themselves.</summary>
    public IReadOnlyList<RecordedEntry> Entries => _entries;

    /// <summary>What its rows have to change by.</summary>
    /// <param name="row">What the account's own row says; the default value if there is none.</param>
    /// <returns>The change, or null if the rows contain everything.</returns>
    /// <exception cref="AccountDamagedException">The row stands within an operation, where no round ends.</exception>
    public AccountChange? ChangeSince(AccountRow row)
    {
        if (_entries[^1].Entry.Sequence <= row.StandsAt)
        {
            return null;
        }

        // Nobody else may find it in the middle of an operation, also if an entry does not apply.
        OperationRowBuilder builder = _builder ?? new OperationRowBuilder();
        _builder = null;
        AccountChange change = new(Account, row, builder);
        bool isFirst = true;
        foreach (RecordedEntry entry in _entries)
        {
            if (entry.Entry.Sequence > row.StandsAt)
            {
                if (isFirst && !entry.Entry.IsFirst)
                {
                    throw new AccountDamagedException(Account, $"they stand at entry {row.StandsAt}, within an operation");
                }

                isFirst = false;
                change.Add(entry.Entry, entry.Time);
            }
        }

        change.Finish();
        _builder = builder;
        return change;
    }

    internal void Add(RecordedEntry entry) => _entries.Add(entry);
}
