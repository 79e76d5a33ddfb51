using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Collects all entries of some accounts out of the journal, whose seals it checks. Not thread-safe.</summary>
/// <param name="journal">The journal.</param>
/// <param name="accounts">The accounts.</param>
/// <param name="entriesMax">How many entries it keeps at most, over all accounts.</param>
internal sealed class AccountScan(IJournal journal, IEnumerable<AccountId> accounts, int entriesMax)
{
    private readonly Dictionary<AccountId, AccountEntries?> _entries = accounts.ToDictionary(account => account, account => (AccountEntries?)new AccountEntries(account));
    private JournalHead _head = JournalHead.Empty;
    private int _kept;

    /// <summary>The last entry that was read.</summary>
    public Sequence Last => _head.Last;

    /// <summary>Reads on through the commit that ends with an entry.</summary>
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

        throw new JournalException($"The journal ends at entry {Last}, but had entry {through} before.");
    }

    /// <summary>All entries of an account so far, none if the journal has none.</summary>
    /// <param name="account">One of the accounts.</param>
    /// <returns>Null if there are too many.</returns>
    public AccountEntries? Find(AccountId account) => _entries[account];

    private void Add(Commit commit)
    {
        foreach (Entry entry in commit.Entries)
        {
            if (!_entries.TryGetValue(entry.Account, out AccountEntries? entries) || entries is null)
            {
                continue;
            }

            if (_kept == entriesMax)
            {
                // The largest one goes: it may be the only one that does not fit.
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
