using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>Compares values that contain lists, member by member.</summary>
public static class StoreAssert
{
    public static void Equal(IReadOnlyList<Commit> expected, IReadOnlyList<Commit> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        foreach ((Commit one, Commit other) in expected.Zip(actual))
        {
            Assert.Equal(one.ToHeader(), other.ToHeader());
            Assert.Equal(one.Entries, other.Entries);
            Assert.Equal(one.Bytes.Body.Span, other.Bytes.Body.Span);
            Assert.Equal(one.Bytes.Texts.Span, other.Bytes.Texts.Span);
        }
    }

    public static void Equal(AccountSnapshot expected, AccountSnapshot? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(
            (expected.Account, expected.Opening, expected.LastOperation, expected.StandsAt, expected.FlushedThrough, expected.FlushedThroughBefore),
            (actual.Account, actual.Opening, actual.LastOperation, actual.StandsAt, actual.FlushedThrough, actual.FlushedThroughBefore));
        Assert.Equal(expected.Payers, actual.Payers);
        Assert.Equal(expected.Lots, actual.Lots);
        Assert.Equal(expected.Holds.Select(hold => (hold.Spend, hold.EndsAt)), actual.Holds.Select(hold => (hold.Spend, hold.EndsAt)));
        foreach ((HoldSnapshot one, HoldSnapshot other) in expected.Holds.Zip(actual.Holds))
        {
            Assert.Equal(one.Draws, other.Draws);
        }
    }

    public static void Equal(AccountStoreTables expected, AccountStoreTables actual)
    {
        Assert.Equal(expected.Position, actual.Position);
        EqualRows(expected, actual);
    }

    /// <summary>Compares everything except the position.</summary>
    public static void EqualRows(AccountStoreTables expected, AccountStoreTables actual)
    {
        Assert.Equal(expected.Accounts.Select(account => account.Snapshot.Account), actual.Accounts.Select(account => account.Snapshot.Account));
        foreach ((AccountTables one, AccountTables other) in expected.Accounts.Zip(actual.Accounts))
        {
            Equal(one.Snapshot, other.Snapshot);
            Assert.Equal(one.Operations, other.Operations);
            Assert.Equal(one.Ends, other.Ends);
            Assert.Equal(one.Keys, other.Keys);
        }
    }

    public static void Equal(PayerTables expected, PayerTables actual)
    {
        Assert.Equal(expected.Totals, actual.Totals);
        Assert.Equal(expected.Flows, actual.Flows);
        Assert.Equal(expected.Stocks, actual.Stocks);
    }

    /// <summary>Reads a journal to its end.</summary>
    public static async Task<List<Commit>> ReadAllAsync(IJournal journal, Sequence after = default)
    {
        List<Commit> commits = [];
        await foreach (Commit commit in journal.ReadCommitsAsync(after, TestContext.Current.CancellationToken))
        {
            commits.Add(commit);
        }

        return commits;
    }

    /// <summary>Reads an account's own row. Returns the default value if it has none.</summary>
    public static async Task<AccountRow> ReadRowAsync(IAccountStore accountStore, AccountId account) =>
        (await accountStore.ListOperationsAsync(new OperationQuery(account, 1), TestContext.Current.CancellationToken)).Account;

    /// <summary>Loads the requested accounts, in the order in which the store returns them.</summary>
    public static async Task<List<LoadedAccount>> LoadAsync(IAccountStore accountStore, params AccountRequest[] accounts)
    {
        List<LoadedAccount> loaded = [];
        await foreach (LoadedAccount account in accountStore.LoadAsync(new LoadRequest(accounts, Sequence.Zero), TestContext.Current.CancellationToken))
        {
            loaded.Add(account);
        }

        return loaded;
    }
}
