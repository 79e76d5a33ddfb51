using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <content>The store writes all rows of one account again, from all of its entries.</content>
public abstract partial class AccountStoreContract
{
    [Fact]
    public async Task A_repaired_account_has_its_original_rows_and_no_damage_mark()
    {
        await RunHistoryAsync();
        AccountStoreTables before = await Host.ReadTablesAsync();
        foreach (AccountId account in Chain.Commits.SelectMany(commit => commit.Entries).Select(entry => entry.Account).Distinct())
        {
            await AccountStore.MarkDamagedAsync(new AccountDamagedException(account, "a test"), Token);
            Assert.True(await AccountStore.RepairAsync(EntriesOf(account), Chain.Head.Last, Token));
        }

        StoreAssert.Equal(before, await Host.ReadTablesAsync());
        Assert.False((await AccountStore.ReadPositionAsync(Token)).HasDamagedAccounts);
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task A_repair_includes_the_rounds_that_skipped_the_damaged_account()
    {
        await RunHistoryAsync();
        await AccountStore.MarkDamagedAsync(new AccountDamagedException(Given.Account("a"), "a test"), Token);
        Ledger.Add("a", "NEW", 5, key: "while it was damaged");
        Ledger.Add("b", "NEW", 5);
        await ApplyAsync(Ledger.Round());
        Assert.True(await AccountStore.RepairAsync(EntriesOf(Given.Account("a")), Chain.Head.Last, Token));
        await AssertIsLedgerAsync();

        Ledger.Add("a", "NEW", 6);
        await ApplyAsync(Ledger.Round());
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task An_account_is_not_repaired_at_another_position()
    {
        await RunHistoryAsync();
        await AccountStore.MarkDamagedAsync(new AccountDamagedException(Given.Account("a"), "a test"), Token);
        AccountStoreTables before = await Host.ReadTablesAsync();
        Sequence earlier = Chain.Commits[^2].Last;
        AccountEntries entries = EntriesOf(Given.Account("a"), earlier);
        Assert.False(await AccountStore.RepairAsync(entries, earlier, Token));
        Assert.False(await AccountStore.RepairAsync(entries, Chain.Head.Last.Next, Token));
        Assert.True((await AccountStore.ReadPositionAsync(Token)).HasDamagedAccounts);
        StoreAssert.Equal(before, await Host.ReadTablesAsync());
    }

    [Fact]
    public async Task An_account_is_not_repaired_during_a_round()
    {
        await RunHistoryAsync();
        Sequence position = Chain.Head.Last;
        List<Commit> commits = NextRound();
        Assert.True(await TryInterruptAsync(SnapshotRound.From(commits), writes: 1));
        Assert.False(await AccountStore.RepairAsync(EntriesOf(Given.Account("a"), position), position, Token));
        await ApplyAsync(SnapshotRound.From(commits));
        Assert.True(await AccountStore.RepairAsync(EntriesOf(Given.Account("a")), Chain.Head.Last, Token));
        await AssertIsLedgerAsync();
    }

    /// <summary>All entries of an account, up to a given entry or to the end.</summary>
    private AccountEntries EntriesOf(AccountId account, Sequence? through = null) => SnapshotRound
        .From([.. Chain.Commits.Where(commit => commit.Last <= (through ?? Chain.Head.Last))])
        .Accounts.Single(entries => entries.Account == account);
}
