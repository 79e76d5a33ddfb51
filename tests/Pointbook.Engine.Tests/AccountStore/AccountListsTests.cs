using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>The lists of accounts follow from the journal alone.</summary>
public sealed class AccountListsTests
{
    private readonly CommitChain _chain = new(TimeProvider.System);
    private readonly ScriptedLedger _ledger;

    public AccountListsTests() => _ledger = new ScriptedLedger(_chain);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(256, 1)]
    [InlineData(257, 2)]
    [InlineData(1_025, 8)]
    public void The_directory_has_every_account_once_and_as_many_buckets_as_they_need(int accounts, int buckets)
    {
        for (int number = 0; number < accounts; number++)
        {
            _ledger.Add($"account{number}", "P", 1);
            _ledger.Add($"account{number % 7}", "P", 1);
        }

        AccountLists lists = Read(_ledger.Commit().Entries);
        Assert.Equal((accounts, buckets, false), (lists.AccountCount, lists.Directory.Count, lists.IsOutdated));
        Assert.Equal(accounts, lists.Directory.Sum(bucket => bucket.AccountCount));
        Assert.All(lists.Directory, bucket => Assert.Equal((bucket.BucketCount, bucket.Number), (buckets, lists.Directory.ToList().IndexOf(bucket))));
        for (int number = 0; number < accounts; number++)
        {
            Assert.Throws<InvalidRowException>(() => BucketOf(lists, $"account{number}").ThrowIfKnown(AccountId.FromTrusted($"account{number}")));
        }
    }

    [Fact]
    public void An_erased_account_is_not_in_the_directory_unless_its_key_was_used_again()
    {
        AccountLists lists = Read(Lives());
        Assert.Equal((2, false), (lists.AccountCount, lists.IsOutdated));
        BucketOf(lists, "gone").ThrowIfKnown(AccountId.FromTrusted("gone"));
        Assert.Throws<InvalidRowException>(() => BucketOf(lists, "again").ThrowIfKnown(AccountId.FromTrusted("again")));
        Assert.Equal(
            _chain.Commits.SelectMany(commit => commit.Entries).Where(entry => entry.Kind == EntryKind.Erasure)
                .Select(entry => new AccountErasure(entry.AccountOpening, entry.Sequence)),
            lists.Erasures);
    }

    [Fact]
    public void An_account_whose_key_is_erased_throughout_is_erased_as_well()
    {
        AccountLists lists = Read(WithErasedKey(Lives(), from: 0));
        Assert.Equal((2, false, 2), (lists.AccountCount, lists.IsOutdated, lists.Erasures.Count));
    }

    [Fact]
    public void An_account_whose_key_is_erased_while_the_journal_is_read_makes_the_lists_outdated()
    {
        IReadOnlyList<Entry> entries = Lives();
        for (int from = 1; from < entries.Count; from++)
        {
            // Only entries of erased accounts change their key. The opening of an account is always before its erasure.
            bool isCut = entries.Take(from).Any(entry => entry.Account.Value == "gone") && entries.Skip(from).Any(entry => entry.Account.Value == "gone");
            Assert.Equal(isCut, Read(WithErasedKey(entries, from)).IsOutdated);
        }
    }

    private static DirectoryBucket BucketOf(AccountLists lists, string account) =>
        lists.Directory[DirectoryBucket.HashOf(AccountId.FromTrusted(account)) % lists.Directory.Count];

    private static AccountLists Read(IReadOnlyList<Entry> entries)
    {
        AccountLists lists = new();
        lists.Add(entries);
        return lists;
    }

    /// <summary>One account that is erased, one that is opened again after its erasure, and one that stays.</summary>
    private IReadOnlyList<Entry> Lives()
    {
        foreach (string account in new[] { "gone", "again" })
        {
            Assert.True(_ledger.Add(account, "P", 1));
            Assert.True(_ledger.Flush(account));
            Assert.True(_ledger.Do(new EraseAccount(AccountId.FromTrusted(account))));
        }

        Assert.True(_ledger.Add("again", "P", 1));
        Assert.True(_ledger.Add("stays", "P", 1));
        return _ledger.Commit().Entries;
    }

    /// <summary>The entries as a reader finds them who read the key of the account before this one, and the erased name from it on.</summary>
    private static IReadOnlyList<Entry> WithErasedKey(IReadOnlyList<Entry> entries, int from) =>
    [
        .. entries.Select((entry, index) => index >= from && entry.Account.Value == "gone" ? entry with { Account = AccountId.Erased(entry.AccountOpening) } : entry),
    ];
}
