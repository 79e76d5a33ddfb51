using System.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The commits that an account store applies together, sorted by account. Immutable, except for the damages that the account store reports.</summary>
public sealed class SnapshotRound
{
    private readonly List<AccountDamagedException> _damages = [];

    private SnapshotRound(Sequence after, JournalHead end, IReadOnlyList<AccountEntries> accounts)
    {
        After = after;
        End = end;
        Accounts = accounts;
    }

    /// <summary>The entry before the first one of the round.</summary>
    public Sequence After { get; }

    /// <summary>The head of the journal after the round's last commit.</summary>
    public JournalHead End { get; }

    /// <summary>The entries of each account, in the order of account keys.</summary>
    public IReadOnlyList<AccountEntries> Accounts { get; }

    /// <summary>Whether the round erases accounts.</summary>
    public bool HasErasures => Accounts.Any(account => account.Erasures.Count > 0);

    /// <summary>The accounts whose rows the round found damaged. It marked and skipped them.</summary>
    public IReadOnlyList<AccountDamagedException> Damages => _damages;

    /// <summary>The damage that the round found in the directory, without a full stop; null if it found none.</summary>
    public string? DirectoryDamage { get; private set; }

    /// <summary>The account store calls this once the mark of a damaged account is durable.</summary>
    public void ReportDamage(AccountDamagedException damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        _damages.Add(damage);
        if (damage.IsOfDirectory)
        {
            ReportDirectoryDamage(damage.Damage);
        }
    }

    /// <summary>The account store calls this if the directory is damaged, even if the round needed no account of the damaged bucket.</summary>
    public void ReportDirectoryDamage(string damage) => DirectoryDamage ??= damage;

    /// <summary>Sorts consecutive commits.</summary>
    /// <exception cref="ArgumentException">There is no commit, or a commit does not follow the previous one.</exception>
    public static SnapshotRound From(IReadOnlyList<Commit> commits)
    {
        ArgumentNullException.ThrowIfNull(commits);
        if (commits.Count == 0)
        {
            throw new ArgumentException("A round has at least one commit.", nameof(commits));
        }

        Dictionary<AccountId, AccountEntries> accounts = CountByAccount(commits);
        foreach (Commit commit in commits)
        {
            AccountEntries? current = null;
            foreach (Entry entry in commit.Entries)
            {
                current = current?.Account == entry.Account ? current : accounts[entry.Account];
                current.Add(new RecordedEntry(entry, commit.Time));
            }
        }

        List<AccountEntries> sorted = [.. accounts.Values];
        sorted.Sort(static (left, right) => left.Account.CompareTo(right.Account));
        return new SnapshotRound(new Sequence(commits[0].First.Value - 1), commits[^1].ToHead(), sorted);
    }

    /// <summary>Counts the entries of each account, because lists that grow would cost as much memory again.</summary>
    private static Dictionary<AccountId, AccountEntries> CountByAccount(IReadOnlyList<Commit> commits)
    {
        Dictionary<AccountId, AccountEntries> accounts = [];
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

                current.Expect();
            }
        }

        return accounts;
    }
}

/// <summary>An entry and the times of its commit.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="Time">The times of its commit.</param>
public readonly record struct RecordedEntry(Entry Entry, CommitTime Time)
{
    /// <summary>When its commit was recorded.</summary>
    public Instant RecordedAt => Time.RecordedAt;
}

/// <summary>A round's entries of the accounts with one key, in order. After an erasure, another account has the key.</summary>
public sealed class AccountEntries
{
    private List<RecordedEntry>? _entries;
    private List<AccountErasure>? _erasures;
    private int _expected;

    internal AccountEntries(AccountId account) => Account = account;

    /// <summary>The account.</summary>
    public AccountId Account { get; }

    /// <summary>The entries.</summary>
    public IReadOnlyList<RecordedEntry> Entries => _entries ?? (IReadOnlyList<RecordedEntry>)[];

    /// <summary>The erasures among them.</summary>
    public IReadOnlyList<AccountErasure> Erasures => _erasures ?? (IReadOnlyList<AccountErasure>)[];

    /// <summary>Whether the account of a row was erased since. The store must then delete its rows, whatever they are, before it writes anything else.</summary>
    /// <param name="row">The account's own row. It is the default value if there is none, for instance because the erasure was already applied.</param>
    public bool IsErasedSince(AccountRow row) => Erasures is [.., var last] && last.Sequence > row.StandsAt;

    /// <summary>Computes the change of the account's rows.</summary>
    /// <param name="row">The account's own row; the default value if there is none. If the account was erased since, there is none.</param>
    /// <param name="buffers">Memory for the change; null to allocate it.</param>
    /// <returns>The change, or null if the rows already contain everything.</returns>
    /// <exception cref="AccountDamagedException">The row stands within an operation, where no round ends, or the entries do not follow it.</exception>
    public AccountChange? ChangeSince(AccountRow row, AccountBuffers? buffers = null)
    {
        Debug.Assert(row.StandsAt == Sequence.Zero || !IsErasedSince(row), "The rows of an erased account are deleted first; the stores' writers do it.");
        Sequence after = IsErasedSince(row) ? Erasures[^1].Sequence : row.StandsAt;
        if (_entries is null || _entries[^1].Entry.Sequence <= after)
        {
            return null;
        }

        AccountChange change = AccountBuffers.BeginChange(buffers, Account, row);
        bool isFirst = true;
        foreach (RecordedEntry entry in _entries)
        {
            if (entry.Entry.Sequence > after)
            {
                if (isFirst && !entry.Entry.IsFirst)
                {
                    throw new AccountDamagedException(Account, $"they are at entry {row.StandsAt}, within an operation");
                }

                isFirst = false;
                change.Add(entry.Entry, entry.Time);
            }
        }

        change.Finish();
        return change;
    }

    /// <summary>Announces one more entry.</summary>
    internal void Expect() => _expected++;

    internal void Add(RecordedEntry entry)
    {
        (_entries ??= new List<RecordedEntry>(_expected)).Add(entry);
        if (entry.Entry.Kind == EntryKind.Erasure)
        {
            (_erasures ??= []).Add(new AccountErasure(entry.Entry.AccountOpening, entry.Entry.Sequence));
        }
    }
}
