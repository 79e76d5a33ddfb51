using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Collects all entries of some accounts from the journal. Not thread-safe.</summary>
/// <param name="journal">The journal.</param>
/// <param name="accounts">The accounts.</param>
/// <param name="entriesMax">The maximum number of entries to keep, over all accounts.</param>
internal sealed class AccountScan(IJournal journal, IEnumerable<AccountId> accounts, int entriesMax) : JournalScan(journal)
{
    private readonly Dictionary<AccountId, AccountEntries?> _entries = accounts.ToDictionary(account => account, account => (AccountEntries?)new AccountEntries(account));
    private readonly HashSet<Sequence> _openings = [];
    private int _kept;
    private bool _isOutdated;

    public override bool IsOutdated => _isOutdated;

    /// <summary>Returns all entries of an account so far, which may be none.</summary>
    /// <param name="account">One of the accounts.</param>
    /// <returns>The entries, or null if there are too many.</returns>
    public AccountEntries? Find(AccountId account) => _entries[account];

    protected override ValueTask AddAsync(Commit commit, CancellationToken cancellationToken)
    {
        foreach (Entry entry in commit.Entries)
        {
            _isOutdated |= entry.Account.IsErased && _openings.Contains(entry.AccountOpening);
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

        return ValueTask.CompletedTask;
    }
}
