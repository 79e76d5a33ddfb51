using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>The directory lists every account that has a row, however many accounts there are. The tests of stores with rows inherit it.</summary>
public abstract partial class DirectoryContract : IAsyncLifetime
{
    private const int Accounts = 1_100;
    private const int Buckets = 8;

    private StoreHost _host = null!;
    private CommitChain _chain = null!;
    private ScriptedLedger _ledger = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract StoreHost CreateHost();

    public async ValueTask InitializeAsync()
    {
        _host = CreateHost();
        await _host.OpenAsync();
        (_chain, _ledger) = NewLedger();
        await AddAsync(Enumerable.Range(0, Accounts).Select(Name));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task The_directory_has_as_many_buckets_as_the_accounts_need() => await AssertDirectoryAsync(Accounts, Buckets);

    [Fact]
    public async Task The_directory_grows_with_small_and_large_rounds()
    {
        await _host.AccountStore.ResetAsync(Token);
        (_chain, _ledger) = NewLedger();
        foreach (int[] some in Enumerable.Range(0, Accounts).Chunk(60))
        {
            await AddAsync(some.Select(Name));
        }

        await AssertDirectoryAsync(Accounts, Buckets);
    }

    [Fact]
    public async Task An_account_with_a_deleted_row_does_not_count_as_new()
    {
        await _host.ChangeRowsAsync("DELETE FROM account WHERE account IN ('account7', 'account8')");
        AccountId lost = Given.Account("account7");
        LoadedAccount loaded = Assert.Single(await StoreAssert.LoadAsync(_host.AccountStore, new AccountRequest(lost, false, [Given.Key("key")], [])));
        Assert.Equal("its row is missing", loaded.Damage?.Damage);
        await Assert.ThrowsAsync<AccountDamagedException>(async () => await StoreAssert.ReadRowAsync(_host.AccountStore, lost));
        await Assert.ThrowsAsync<AccountDamagedException>(async () => await _host.AccountStore.ReadLotsAsync(new LotQuery(lost, 1, Given.Time), Token));
        Assert.NotNull(Assert.Single(await _host.AccountStore.ReadBalancesAsync([lost], Given.Time, Token)).Damage);

        SnapshotRound round = await AddAsync(["account6", "account7", "new"]);
        Assert.Equal(lost, Assert.Single(round.Damages).Account);
        Assert.Equal(Accounts - 2 + 1, await _host.ReadNumberAsync("SELECT count(*) FROM account"));
        Assert.Equal(1, await _host.ReadNumberAsync("SELECT count(*) FROM damaged_account"));
    }

    [Theory]
    [InlineData("DELETE FROM account_bucket WHERE bucket = 3")]
    [InlineData("UPDATE account_bucket SET body = substr(body, 2) WHERE bucket = 3")]
    [InlineData("UPDATE account_bucket SET body = substr(body, 1, length(body) - 16) WHERE bucket = 3")]
    [InlineData("UPDATE account_bucket SET body = (SELECT body FROM account_bucket WHERE bucket = 4) WHERE bucket = 3")]
    [InlineData("DELETE FROM account_bucket WHERE bucket = 7", 7)]
    public async Task A_damaged_bucket_affects_only_new_accounts_that_belong_to_it(string damage, int bucket = 3)
    {
        await _host.ChangeRowsAsync(damage);
        string[] news = [.. Enumerable.Range(0, 60).Select(number => $"new{number}")];
        AccountId[] refused = [.. news.Select(Given.Account).Where(account => DirectoryBucket.HashOf(account) % Buckets == bucket)];
        Assert.InRange(refused.Length, 1, 30);
        AccountId[] all = [.. _ledger.States.Keys, .. news.Select(Given.Account)];
        List<LoadedAccount> loaded = await StoreAssert.LoadAsync(_host.AccountStore, [.. all.Select(account => new AccountRequest(account, true, [], []))]);
        Assert.Equal(refused.Order(), loaded.Where(account => account.Damage is not null).Select(account => account.Account).Order());

        SnapshotRound round = await AddAsync([.. news, "account1", "account2"]);
        Assert.Equal(refused.Order(), round.Damages.Select(found => found.Account).Order());
        Assert.Equal(Accounts + 60 - refused.Length, await _host.ReadNumberAsync("SELECT count(*) FROM account"));
    }

    [Theory]
    [InlineData("UPDATE account_bucket SET bucket = 8 WHERE bucket = 7")]
    [InlineData("UPDATE account_bucket SET bucket = 1073741823 WHERE bucket = 7")]
    [InlineData("DELETE FROM account_bucket WHERE bucket >= 4")]
    public async Task A_directory_of_another_size_opens_no_new_account_and_does_not_affect_existing_ones(string damage)
    {
        await _host.ChangeRowsAsync(damage);
        SnapshotRound round = await AddAsync(["new", "account1"]);
        Assert.Equal(Given.Account("new"), Assert.Single(round.Damages).Account);
    }

    [Fact]
    public async Task A_damaged_directory_does_not_grow_but_stops_no_round()
    {
        await _host.ChangeRowsAsync("UPDATE account_bucket SET body = substr(body, 1, 0) WHERE bucket = 3");
        SnapshotRound round = await AddAsync(Enumerable.Range(0, 1_500).Select(number => $"more{number}"));
        Assert.All(round.Damages, damage => Assert.Equal((3, true), (DirectoryBucket.HashOf(damage.Account) % Buckets, damage.IsOfDirectory)));
        Assert.NotNull(round.DirectoryDamage);
        Assert.Equal(Buckets, await _host.ReadNumberAsync("SELECT count(*) FROM account_bucket"));
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(-5L)]
    [InlineData(1_000_000_000L)]
    [InlineData(long.MaxValue)]
    public async Task A_wrong_account_count_is_harmless(long accounts)
    {
        await _host.ChangeRowsAsync($"UPDATE account_store_position SET accounts = {accounts}");
        SnapshotRound round = await AddAsync(["new"]);
        Assert.Empty(round.Damages);
        Assert.Equal(Buckets, await _host.ReadNumberAsync("SELECT count(*) FROM account_bucket"));
    }

    private (CommitChain Chain, ScriptedLedger Ledger) NewLedger()
    {
        CommitChain chain = new(_host.Clock);
        return (chain, new ScriptedLedger(chain));
    }

    private static string Name(int number) => $"account{number}";

    private async Task<SnapshotRound> AddAsync(IEnumerable<string> accounts)
    {
        foreach (string account in accounts)
        {
            Assert.True(_ledger.Add(account, "P", 1));
        }

        SnapshotRound round = _ledger.Round();
        Assert.True(await _host.AccountStore.ApplyAsync(round, Token));
        return round;
    }

    private async Task AssertDirectoryAsync(long accounts, int buckets)
    {
        Assert.Equal(buckets, await _host.ReadNumberAsync("SELECT count(*) FROM account_bucket"));
        Assert.Equal(accounts, await _host.ReadNumberAsync("SELECT accounts FROM account_store_position"));
        AccountRequest[] all = [.. _ledger.States.Keys.Select(account => new AccountRequest(account, true, [], []))];
        await foreach (LoadedAccount loaded in _host.AccountStore.LoadAsync(new LoadRequest(all, Sequence.Zero) { ChecksDirectory = true }, Token))
        {
            Assert.Null(loaded.Damage);
        }

        LoadedAccount nobody = Assert.Single(await StoreAssert.LoadAsync(_host.AccountStore, new AccountRequest(Given.Account("nobody"), true, [], [])));
        StoreAssert.Equal(AccountSnapshot.Empty(Given.Account("nobody")), nobody.Snapshot);
    }
}
