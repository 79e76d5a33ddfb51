using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The two lists of an account store that concern all accounts, as the journal determines them: the directory, and the list of erasures. Not thread-safe.</summary>
/// <remarks>It takes as much memory as the growth of the directory: about 32 bytes for each account.</remarks>
public sealed class AccountLists
{
    private readonly List<AccountErasure> _erasures = [];
    private IReadOnlyList<DirectoryBucket> _directory = [DirectoryBucket.Empty];

    /// <summary>All buckets of the directory, in order. They contain every account that was opened and not erased since.</summary>
    public IReadOnlyList<DirectoryBucket> Directory => _directory;

    /// <summary>The number of accounts in the directory.</summary>
    public long AccountCount { get; private set; }

    /// <summary>All erasures in journal order. A store cannot know which of them are finished, and a finished one may be repeated.</summary>
    public IReadOnlyList<AccountErasure> Erasures => _erasures;

    /// <summary>
    /// Whether an account key was erased while the journal was read, so that an account was found under its key and under its erased name. The caller must
    /// then read the journal again.
    /// </summary>
    public bool IsOutdated => OutdatedAt is not null;

    /// <summary>The first entry that shows that an account key was erased meanwhile. If it is the same when the journal is read again, the journal is damaged.</summary>
    public Sequence? OutdatedAt { get; private set; }

    /// <summary>Adds the accounts that entries open, and removes those that they erase. The caller adds all entries of the journal in order.</summary>
    public void Add(IReadOnlyList<Entry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        foreach (Entry entry in entries)
        {
            if (entry.AccountOpening == entry.Sequence)
            {
                Open(entry);
            }
            else if (entry.Kind == EntryKind.Erasure)
            {
                Erase(entry);
            }
        }
    }

    private void Open(Entry entry)
    {
        Expect(BucketOf(entry.Account).TryAdd(entry.Account), entry);
        AccountCount++;
        if (AccountCount > (long)_directory.Count * DirectoryBucket.AccountsPerBucketMax)
        {
            _directory = DirectoryBucket.Grow(_directory);
        }
    }

    private void Erase(Entry entry)
    {
        Expect(BucketOf(entry.Account).Remove(entry.Account), entry);
        AccountCount--;
        _erasures.Add(new AccountErasure(entry.AccountOpening, entry.Sequence));
    }

    private void Expect(bool isChanged, Entry entry) => OutdatedAt ??= isChanged ? null : entry.Sequence;

    private DirectoryBucket BucketOf(AccountId account) => _directory[DirectoryBucket.HashOf(account) % _directory.Count];
}
