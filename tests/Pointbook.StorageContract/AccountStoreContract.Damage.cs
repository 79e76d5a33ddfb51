using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: damaged rows of one account do not affect other accounts.</summary>
public abstract partial class AccountStoreContract
{
    [Fact]
    public async Task A_load_reports_an_account_marked_as_damaged_and_loads_others_normally()
    {
        await DamageOneOfTwoAsync();
        await Host.OpenAsync();
        Assert.True((await AccountStore.ReadPositionAsync(Token)).HasDamagedAccounts);
        IReadOnlyList<LoadedAccount> loaded = await StoreAssert.LoadAsync(
            AccountStore,
            new AccountRequest(Given.Account("a"), true, [Given.Key("k")], []),
            new AccountRequest(Given.Account("b"), true, [Given.Key("k")], []),
            new AccountRequest(Given.Account("nobody"), true, [], []));
        LoadedAccount damaged = Assert.Single(loaded, account => account.Damage is not null);
        Assert.Equal((Given.Account("a"), "it was marked"), (damaged.Account, damaged.Damage!.Damage));
        Assert.Null(damaged.Snapshot);
        Assert.Empty(damaged.Keys);
        StoreAssert.Equal(Ledger.States[Given.Account("b")].ToSnapshot(), loaded.Single(account => account.Account == Given.Account("b")).Snapshot);
        await Assert.ThrowsAsync<AccountDamagedException>(async () => await StoreAssert.ReadRowAsync(AccountStore, Given.Account("a")));
        await Assert.ThrowsAsync<AccountDamagedException>(async () => await ListAsync(new OperationQuery(Given.Account("a"), 10)));
        Assert.Single(await ListAsync(new OperationQuery(Given.Account("b"), 10)));
        IReadOnlyList<StoredBalance> balances = await AccountStore.ReadBalancesAsync([Given.Account("a"), Given.Account("b")], Instant.MaxValue, Token);
        Assert.Equal(["it was marked", null], balances.OrderBy(balance => balance.Account).Select(balance => balance.Damage?.Damage));
        Assert.Equal([null, Given.Account("b")], balances.OrderBy(balance => balance.Account).Select(balance => balance.Rows?.Account));
        await Assert.ThrowsAsync<AccountDamagedException>(
            async () => await AccountStore.ReadLotsAsync(new LotQuery(Given.Account("a"), 10, Instant.MaxValue), Token));
        Assert.Single(await AccountStore.ReadBalancesAsync([Given.Account("b")], Instant.MaxValue, Token));
    }

    [Fact]
    public async Task A_load_returns_no_keys_of_a_damaged_account()
    {
        await DamageOneOfTwoAsync();
        LoadedAccount loaded = Assert.Single(await StoreAssert.LoadAsync(AccountStore, new AccountRequest(Given.Account("a"), false, [Given.Key("k")], [])));
        Assert.NotNull(loaded.Damage);
        Assert.Empty(loaded.Keys);
    }

    [Fact]
    public async Task A_round_skips_the_rows_of_a_damaged_account()
    {
        await DamageOneOfTwoAsync();
        Ledger.Add("a", "P", 5);
        Ledger.Add("b", "P", 5);
        SnapshotRound round = Ledger.Round();
        await ApplyAsync(round);
        Assert.Empty(round.Damages);
        Assert.Equal(round.End.Last, (await AccountStore.ReadPositionAsync(Token)).Last);
        LoadedAccount loaded = Assert.Single(await StoreAssert.LoadAsync(AccountStore, new AccountRequest(Given.Account("a"), true, [], [])));
        Assert.Equal("it was marked", loaded.Damage?.Damage);
        StoreAssert.Equal(Ledger.States[Given.Account("b")].ToSnapshot(), await LoadAsync("b"));
    }

    [Fact]
    public async Task Emptying_the_tables_removes_the_damage_mark()
    {
        await DamageOneOfTwoAsync();
        await AccountStore.ResetAsync(Token);
        Assert.Equal(AccountStorePosition.Start, await AccountStore.ReadPositionAsync(Token));
        StoreAssert.Equal(AccountSnapshot.Empty(Given.Account("a")), await LoadAsync("a"));
    }

    [Fact]
    public async Task A_damaged_account_is_not_listed_as_due()
    {
        Ledger.Add("a", "P", 5, expiresIn: TimeSpan.FromHours(1));
        Ledger.Add("b", "P", 5, expiresIn: TimeSpan.FromHours(2));
        Ledger.Add("c", "P", 5);
        Ledger.Hold("c", 1, TimeSpan.FromHours(1));
        await ApplyAsync(Ledger.Round());
        foreach (string account in new[] { "a", "c" })
        {
            await AccountStore.MarkDamagedAsync(new AccountDamagedException(Given.Account(account), "it was marked"), Token);
        }

        Assert.Equal([Given.Account("b")], await AccountStore.ListDueAccountsAsync(Instant.MaxValue, 1, Token));
    }

    [Fact]
    public async Task Points_of_a_damaged_account_do_not_count_as_due()
    {
        Ledger.Add("a", "P", 5, expiresIn: TimeSpan.FromHours(1));
        Ledger.Add("b", "P", 7, expiresIn: TimeSpan.FromHours(1));
        await ApplyAsync(Ledger.Round());
        await AccountStore.MarkDamagedAsync(new AccountDamagedException(Given.Account("a"), "it was marked"), Token);
        DueSums due = await AccountStore.ReadDueAsync(Instant.MaxValue, Token);
        Assert.Equal(7, Assert.Single(due.Points).Value);
        Assert.Equal(Given.Account("a"), Assert.Single(due.Unknown));
    }

    private async Task DamageOneOfTwoAsync()
    {
        Ledger.Add("a", "P", 5, key: "k");
        Ledger.Add("b", "P", 5, key: "k");
        await ApplyAsync(Ledger.Round());
        AccountDamagedException damage = new(Given.Account("a"), "it was marked");
        await AccountStore.MarkDamagedAsync(damage, Token);
        await AccountStore.MarkDamagedAsync(damage, Token);
    }
}
