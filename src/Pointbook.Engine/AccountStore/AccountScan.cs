using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Collects all entries of some accounts from the journal and checks its seals. Not thread-safe.</summary>
/// <param name="journal">The journal.</param>
/// <param name="accounts">The accounts.</param>
/// <param name="entriesMax">The maximum number of entries to keep, over all accounts.</param>
internal sealed class AccountScan(IJournal journal, IEnumerable<AccountId> accounts, int entriesMax)
{
    private readonly Dictionary<AccountId, AccountEntries?> _entries = accounts.ToDictionary(account => account, account => (AccountEntries?)new AccountEntries(account));
    private readonly HashSet<Sequence> _openings = [];
    private JournalHead _head = JournalHead.Empty;
    private int _kept;

    /// <summary>Whether an account was erased during the scan, so that the scan found only some of its entries. The caller must then discard the scan.</summary>
    public bool IsOutdated { get; private set; }

    /// <summary>The last entry read.</summary>
    public Sequence Last => _head.Last;

    /// <summary>Continues to read through the commit that ends with an entry.</summary>
    /// <exception cref="JournalException">The journal could not be read, or is damaged.</exception>
    public async Task ReadThroughAsync(Sequence through, CancellationToken cancellationToken)
    {
        if (Last >= through)
        {
            return;
        }

        await foreach (Commit commit in JournalVerification.ReadAsync(journal, _head, cancellationToken).ConfigureAwait(false))
        {
            Add(commit);
            _head = commit.ToHead();
            if (Last >= through)
            {
                return;
            }
        }

        throw new JournalException($"The journal ends at entry {Last}, but previously contained entry {through}.");
    }

    /// <summary>Returns all entries of an account so far, which may be none.</summary>
    /// <param name="account">One of the accounts.</param>
    /// <returns>The entries, or null if there are too many.</returns>
    public AccountEntries? Find(AccountId account) => _entries[account];

    private void Add(Commit commit)
    {
        foreach (Entry entry in commit.Entries)
        {
            IsOutdated |= entry.Account.IsErased && _openings.Contains(entry.AccountOpening);
            if (!_entries.TryGetValue(entry.Account, out AccountEntries? entries) || entries is null)
            {
                continue;
            }

            _openings.Add(entry.AccountOpening);
            if (_kept == entriesMax)
            {
                // Drop the largest account, because it may be the only one that does not fit.
                AccountEntries largest = _entries.Values.MaxBy(kept => kept?.Entries.Count ?? -1)!;
                _entries[largest.Account] = null;
                _kept -= largest.Entries.Count;
                if (largest == entries)
                {
                    continue;
                }
            }

            entries.Add(new RecordedEntry(entry, commit.Time));
            _kept++;
        }
    }
}
