using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;

namespace Pointbook.Engine.Tests.Properties;

/// <summary>Compares an account store with the fold of its journal.</summary>
internal static class StoreVerification
{
    /// <summary>Checks that the journal verifies, and that the account store contains its fold.</summary>
    public static async Task CheckAsync(Node node)
    {
        await node.VerifyAsync();
        await node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        SortedDictionary<AccountId, AccountState> folded = [];
        foreach (Entry entry in node.Store.Commits.SelectMany(commit => commit.Entries))
        {
            folded.TryAdd(entry.Account, new AccountState(entry.Account));
            folded[entry.Account].Apply(entry);
        }

        IReadOnlyList<AccountTables> stored = node.AccountStore.ReadTables().Accounts;
        Assert.Equal(folded.Keys, stored.Select(account => account.Snapshot.Account));
        foreach (AccountTables account in stored)
        {
            AccountSnapshot expected = folded[account.Snapshot.Account].ToSnapshot();
            Assert.Equal(expected.StandsAt, account.Snapshot.StandsAt);
            Assert.Equal(expected.Payers, account.Snapshot.Payers);
            Assert.Equal(expected.Lots, account.Snapshot.Lots);
        }
    }
}
