using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <content>The store writes the whole directory again, from the accounts of the journal.</content>
public abstract partial class DirectoryContract
{
    [Theory]
    [InlineData("UPDATE account_store_position SET accounts = accounts")]
    [InlineData("DELETE FROM account_bucket")]
    [InlineData("DELETE FROM account_bucket WHERE bucket = 0")]
    [InlineData("DELETE FROM account_bucket WHERE bucket >= 4")]
    [InlineData("UPDATE account_bucket SET body = substr(body, 1, 0)")]
    [InlineData("UPDATE account_bucket SET body = (SELECT body FROM account_bucket WHERE bucket = 4) WHERE bucket = 3")]
    [InlineData("UPDATE account_bucket SET bucket = 8 WHERE bucket = 7")]
    [InlineData("UPDATE account_bucket SET bucket = 1073741823 WHERE bucket = 7")]
    [InlineData("UPDATE account_store_position SET accounts = 9223372036854775807")]
    public async Task A_directory_that_is_written_again_has_every_account_whatever_it_was(string damage)
    {
        await _host.ChangeRowsAsync(damage);
        Assert.True(await RewriteAsync());
        await AssertDirectoryAsync(Accounts, Buckets);

        SnapshotRound round = await AddAsync(Enumerable.Range(0, 60).Select(number => $"new{number}"));
        Assert.Equal((0, null), (round.Damages.Count, round.DirectoryDamage));
        await AssertDirectoryAsync(Accounts + 60, Buckets);
    }

    [Fact]
    public async Task A_row_that_was_lost_together_with_its_bucket_is_not_taken_for_a_new_account_afterwards()
    {
        AccountId lost = Given.Account("account7");
        AccountRequest request = new(lost, true, [], []);
        await _host.ChangeRowsAsync("DELETE FROM account_bucket");
        await _host.ChangeRowsAsync("DELETE FROM account WHERE account = 'account7'");
        Assert.True(Assert.Single(await StoreAssert.LoadAsync(_host.AccountStore, request)).Damage?.IsOfDirectory);
        Assert.True(await RewriteAsync());
        AccountDamagedException? damage = Assert.Single(await StoreAssert.LoadAsync(_host.AccountStore, request)).Damage;
        Assert.Equal(("its row is missing", false), (damage?.Damage, damage?.IsOfDirectory));
    }

    [Fact]
    public async Task Accounts_that_a_round_skipped_because_of_the_directory_get_their_rows_after_it()
    {
        await _host.ChangeRowsAsync("DELETE FROM account_bucket");
        SnapshotRound round = await AddAsync(["new", "account1"]);
        AccountDamagedException skipped = Assert.Single(round.Damages);
        Assert.Equal((Given.Account("new"), true, skipped.Damage), (skipped.Account, skipped.IsOfDirectory, round.DirectoryDamage));
        AccountEntries entries = SnapshotRound.From(_chain.Commits).Accounts.Single(account => account.Account == skipped.Account);
        AccountDamagedException refused = await Assert.ThrowsAsync<AccountDamagedException>(
            async () => await _host.AccountStore.RepairAsync(entries, _chain.Head.Last, Token));
        Assert.True(refused.IsOfDirectory);

        Assert.True(await RewriteAsync());
        Assert.True(await _host.AccountStore.RepairAsync(entries, _chain.Head.Last, Token));
        await AssertDirectoryAsync(Accounts + 1, Buckets);
    }

    [Fact]
    public async Task A_directory_that_could_not_grow_has_the_right_size_afterwards()
    {
        await _host.ChangeRowsAsync("DELETE FROM account_bucket WHERE bucket = 3");
        SnapshotRound round = await AddAsync(Enumerable.Range(0, 1_500).Select(number => $"more{number}"));
        Assert.True(await RewriteAsync());
        Assert.Equal(2 * Buckets, await _host.ReadNumberAsync("SELECT count(*) FROM account_bucket"));
        foreach (AccountDamagedException damage in round.Damages)
        {
            AccountEntries entries = round.Accounts.Single(account => account.Account == damage.Account);
            Assert.True(await _host.AccountStore.RepairAsync(entries, _chain.Head.Last, Token));
        }

        await AssertDirectoryAsync(Accounts + 1_500, 2 * Buckets);
    }

    [Fact]
    public async Task A_directory_does_not_grow_in_one_round_and_grows_in_the_next_one_after_it_was_written_again()
    {
        await _host.ChangeRowsAsync("DELETE FROM account_bucket WHERE bucket = 3");
        SnapshotRound round = await AddAsync(Enumerable.Range(0, 900).Select(number => $"more{number}"));
        Assert.NotNull(round.DirectoryDamage);
        Assert.True(await RewriteAsync());
        foreach (AccountDamagedException damage in round.Damages)
        {
            Assert.True(await _host.AccountStore.RepairAsync(round.Accounts.Single(account => account.Account == damage.Account), _chain.Head.Last, Token));
        }

        Assert.Empty((await AddAsync(Enumerable.Range(0, 500).Select(number => $"most{number}"))).Damages);
        await AssertDirectoryAsync(Accounts + 1_400, 2 * Buckets);
    }

    [Fact]
    public async Task A_directory_is_not_written_again_at_another_position_or_while_a_round_is_under_way()
    {
        await _host.ChangeRowsAsync("DELETE FROM account_bucket WHERE bucket = 3");
        AccountLists before = Lists();
        Assert.True(_ledger.Add("new", "P", 1));
        SnapshotRound round = _ledger.Round();
        Assert.False(await _host.AccountStore.RewriteListsAsync(Lists(), false, _chain.Head.Last, Token));
        _host.FailAfterWrites(1);
        await Assert.ThrowsAnyAsync<Exception>(async () => await _host.AccountStore.ApplyAsync(round, Token));
        _host.Heal();
        Assert.False(await _host.AccountStore.RewriteListsAsync(before, false, round.After, Token));
        Assert.Equal(Buckets - 1, await _host.ReadNumberAsync("SELECT count(*) FROM account_bucket"));

        Assert.True(await _host.AccountStore.ApplyAsync(round, Token));
        Assert.True(await RewriteAsync());
        Assert.Equal(Buckets, await _host.ReadNumberAsync("SELECT count(*) FROM account_bucket"));
    }

    [Fact]
    public async Task A_directory_that_is_written_again_has_no_erased_account_and_has_one_that_was_opened_again()
    {
        Erase("account1");
        Erase("account2");
        await AddAsync(["account2"]);
        await _host.ChangeRowsAsync("DELETE FROM account_bucket");
        Assert.True(await RewriteAsync());
        await AssertDirectoryAsync(Accounts - 1, Buckets);
        LoadedAccount erased = Assert.Single(await StoreAssert.LoadAsync(_host.AccountStore, new AccountRequest(Given.Account("account1"), true, [], [])));
        StoreAssert.Equal(AccountSnapshot.Empty(Given.Account("account1")), erased.Snapshot);
    }

    [Theory]
    [InlineData("UPDATE erasure SET opening = opening + 1")]
    [InlineData("UPDATE erasure SET sequence = sequence - 1")]
    [InlineData("DELETE FROM erasure")]
    public async Task The_list_of_erasures_is_written_again_only_if_that_is_requested(string damage)
    {
        Erase("account1");
        Erase("account2");
        await AddAsync(["account2"]);
        IReadOnlyList<AccountErasure> before = await _host.AccountStore.ListErasuresAsync(Sequence.Zero, 10, Token);
        Assert.Equal(2, before.Count);
        await _host.ChangeRowsAsync(damage);
        Assert.True(await RewriteAsync());
        Assert.NotEqual(before, await _host.AccountStore.ListErasuresAsync(Sequence.Zero, 10, Token));
        Assert.True(await RewriteAsync(withErasures: true));
        Assert.Equal(before, await _host.AccountStore.ListErasuresAsync(Sequence.Zero, 10, Token));
    }

    private void Erase(string account)
    {
        Assert.True(_ledger.Flush(account));
        Assert.True(_ledger.Do(new EraseAccount(Given.Account(account))));
    }

    private AccountLists Lists()
    {
        AccountLists lists = new();
        _chain.Commits.ForEach(commit => lists.Add(commit.Entries));
        Assert.False(lists.IsOutdated);
        return lists;
    }

    private ValueTask<bool> RewriteAsync(bool withErasures = false) =>
        _host.AccountStore.RewriteListsAsync(Lists(), withErasures, _chain.Head.Last, Token);
}
