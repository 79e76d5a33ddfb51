using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>
/// If a row of the derived tables was changed outside of the ledger, the server refuses the row's account until its rows are
/// written again. The tests of stores with rows inherit it.
/// </summary>
public abstract partial class DamagedRowsContract
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The damages to the rows of account a, in SQL that all stores understand.</summary>
    public static TheoryData<string> Damages =>
    [
        "UPDATE account SET stands_at = stands_at + 1 WHERE account = 'a'",
        "UPDATE account SET stands_at = -1 WHERE account = 'a'",
        "UPDATE account SET next_due = next_due - 1 WHERE account = 'a'",
        "UPDATE account SET next_due = NULL WHERE account = 'a'",
        "UPDATE account SET oldest_key = NULL WHERE account = 'a'",
        "UPDATE account SET oldest_key = 5 WHERE account = 'a'",
        "UPDATE account SET snapshot = substr(snapshot, 1, length(snapshot) - 1) WHERE account = 'a'",
        "UPDATE account SET snapshot = substr(snapshot, 1, 10) WHERE account = 'a'",
        "UPDATE account SET snapshot = substr(snapshot, 1, 0) WHERE account = 'a'",
        "UPDATE account SET snapshot = (SELECT snapshot FROM account WHERE account = 'b') WHERE account = 'a'",
        "UPDATE account SET (stands_at, next_due, oldest_key, snapshot) = (SELECT stands_at, next_due, oldest_key, snapshot FROM account WHERE account = 'b') WHERE account = 'a'",
        "DELETE FROM account WHERE account = 'a'",
    ];

    protected abstract StoreHost CreateHost();

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task An_account_with_a_damaged_row_is_never_spent_from_and_the_next_start_rebuilds_it(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync(damage);
        host.Clock.Advance(2 * Hour);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.DoAsync(new SpendPoints(Given.Account("a"), new Points(1)))).Code());
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.DoAsync(new AddTransaction(Given.Account("a"), Given.Payer("P"), new Points(1), Given.Time))).Code());
            Assert.Equal(65, (await ledger.Partition.ReadBalanceAsync(Given.Account("b"), Token)).Value!.Points.Value);
            Assert.Equal(1, ledger.Partition.Health.DamagedAccounts);
            await ledger.StopAsync(inOrder: true);
        }

        await AssertRebuiltAsync(host);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_list_omits_the_figures_of_an_account_with_a_damaged_row_and_has_all_others(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync(damage);
        host.Clock.Advance(2 * Hour);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            AccountPage page = (await ledger.Queries.ListAccountsAsync("", null, 10, Token)).Value!;
            Assert.Equal(65, Assert.Single(page.Accounts, item => item.Account == Given.Account("b")).Balance?.Points.Value);
            Assert.DoesNotContain(page.Accounts, item => item.Account == Given.Account("a") && item.Balance is not null);
            await ledger.StopAsync(inOrder: true);
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_page_of_lots_is_refused_if_the_row_is_damaged(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync(damage);
        host.Clock.Advance(2 * Hour);
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        Assert.Equal(RefusalCode.AccountDamaged, (await ledger.Queries.ReadLotsAsync(Given.Account("a"), null, 10, Token)).Refusal?.Code);
        Assert.Equal(2, (await ledger.Queries.ReadLotsAsync(Given.Account("b"), null, 10, Token)).Value!.Lots.Count);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_damaged_row_never_makes_a_used_key_unknown(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        Assert.Equal(125, (await ledger.Partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
        await host.ChangeRowsAsync(damage);
        AddTransaction again = new AddTransaction(Given.Account("a"), Given.Payer("R"), new Points(5), Given.Time.PlusClamped(-Hour)).With("key");
        Assert.Equal(RefusalCode.AccountDamaged, (await ledger.DoAsync(again)).Code());
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_damaged_row_of_an_account_in_memory_affects_only_this_account(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            Assert.Equal(125, (await ledger.Partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
            await host.ChangeRowsAsync(damage);
            host.Clock.Advance(Hour);
            (await ledger.DoAsync(new AddTransaction(Given.Account("a"), Given.Payer("Q"), new Points(5), Given.Time))).Accepted();
            (await ledger.DoAsync(new AddTransaction(Given.Account("b"), Given.Payer("Q"), new Points(5), Given.Time))).Accepted();
            (await ledger.DoAsync(new AddTransaction(Given.Account("c"), Given.Payer("Q"), new Points(5), Given.Time))).Accepted();
            await ledger.Partition.WaitUntilStoredAsync(Token);
            AccountPage page = (await ledger.Queries.ListAccountsAsync("", null, 10, Token)).Value!;
            Assert.Equal(70, Assert.Single(page.Accounts, item => item.Account == Given.Account("b")).Balance?.Points.Value);
            Assert.Equal(5, Assert.Single(page.Accounts, item => item.Account == Given.Account("c")).Balance?.Points.Value);
            Assert.Equal((true, 1), (ledger.Partition.Health.IsReady, ledger.Partition.Health.DamagedAccounts));
            await ledger.StopAsync(inOrder: true);
        }

        await AssertRebuiltAsync(host, 70);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    [InlineData("UPDATE account SET account = 'a key' WHERE account = 'a'")]
    public async Task The_purge_of_keys_skips_a_damaged_account(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync(damage);
        Assert.Equal(1, await host.AccountStore.ForgetKeysAsync(Instant.MaxValue, 10, Token));
        Assert.Equal(0, await host.AccountStore.ForgetKeysAsync(Instant.MaxValue, 10, Token));
    }

    [Theory]
    [InlineData("DELETE FROM account_bucket")]
    [InlineData("UPDATE account_bucket SET body = substr(body, 1, length(body) - 16)")]
    [InlineData("UPDATE account_bucket SET bucket = 1")]
    [InlineData("UPDATE account_bucket SET bucket = 7")]
    public async Task A_damaged_directory_opens_no_new_account_and_does_not_affect_existing_ones(string damage)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync(damage);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.DoAsync(new AddTransaction(Given.Account("new"), Given.Payer("P"), new Points(1), Given.Time))).Code());
            Assert.Equal(125, (await ledger.Partition.ReadBalanceAsync(Given.Account("b"), Token)).Value!.Points.Value);
            await ledger.StopAsync(inOrder: true);
        }

        host.Clock.Advance(2 * Hour);
        await AssertRebuiltAsync(host);
    }

    [Fact]
    public async Task Rows_whose_account_key_is_invalid_are_deleted_and_take_no_place_in_a_list()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync("UPDATE account SET account = 'a key' WHERE account = 'a'");
        for (int time = 0; time < 2; time++)
        {
            Assert.Equal([Given.Account("b")], await host.AccountStore.ListDueAccountsAsync(Instant.MaxValue, 1, Token));
            Assert.Equal([Given.Account("b")], await host.AccountStore.ListDueAccountsAsync(Instant.MaxValue, 10, Token));
            Assert.Equal([Given.Account("b")], await host.AccountStore.ListAccountsAsync("", null, 1, Token));
            Assert.Equal([Given.Account("b")], await host.AccountStore.ListAccountsAsync("", null, 10, Token));
            Assert.Equal(1, (await host.AccountStore.ReadPositionAsync(Token)).RowsOfNoAccount);
        }

        Assert.Equal(1, await host.ReadNumberAsync("SELECT count(*) FROM account"));

        // Nobody has looked for the account of the row, so the next start rebuilds everything.
        host.Clock.Advance(2 * Hour);
        await AssertRebuiltAsync(host);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(0, true)]
    public async Task A_check_forgets_no_row_that_was_deleted_after_it_began(long deletedBefore, bool mustRebuild)
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync("UPDATE account SET account = 'a key' WHERE account = 'a'");
        await host.AccountStore.ListAccountsAsync("", null, 10, Token);
        await host.AccountStore.FinishCheckAsync(deletedBefore, Token);
        await host.OpenAsync();
        Assert.Equal(mustRebuild, await MustRebuildAsync(host));
    }

    [Fact]
    public async Task A_check_of_one_process_forgets_no_row_that_another_one_deleted()
    {
        await using StoreHost host = await StartWithTwoAccountsAsync();
        await host.ChangeRowsAsync("UPDATE account SET account = 'a key' WHERE account = 'a'");
        await host.AccountStore.ListAccountsAsync("", null, 10, Token);

        // A store that no other process uses begins again with an empty file.
        await host.OpenAsync();
        await host.AccountStore.FinishCheckAsync(0, Token);
        Assert.True(await MustRebuildAsync(host));
    }

    /// <summary>Whether a start would fill the tables again. With SQLite, the opening has emptied them.</summary>
    private static async Task<bool> MustRebuildAsync(StoreHost host) =>
        await host.AccountStore.ReadPositionAsync(Token) is { HasDamagedAccounts: true } or { Last.Value: 0 };

    /// <summary>Starts again, and asserts that both accounts are as they were written.</summary>
    private static async Task AssertRebuiltAsync(StoreHost host, long points = 65)
    {
        await host.OpenAsync();
        await using RunningLedger next = await RunningLedger.StartAsync(host);
        AccountPage page = (await next.Queries.ListAccountsAsync("", null, 2, Token)).Value!;
        Assert.Equal([points, points], page.Accounts.Select(item => item.Balance?.Points.Value ?? -1));
        Assert.Equal(points, (await next.Partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
        Assert.Equal(0, next.Partition.Health.DamagedAccounts);
    }

    /// <summary>
    /// Writes two equal accounts, which hold a part of one lot and all of another. After an hour the hold has ended and one
    /// lot has expired.
    /// </summary>
    private async Task<StoreHost> StartWithTwoAccountsAsync()
    {
        StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        Instant expiry = Instant.FromDateTimeOffset(host.Clock.GetUtcNow()).PlusClamped(Hour);
        foreach (AccountId account in new[] { Given.Account("a"), Given.Account("b") })
        {
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("R"), new Points(5), Given.Time.PlusClamped(-Hour)).With("key"))).Accepted();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("P"), new Points(100), Given.Time) { ExpiresAt = expiry })).Accepted();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("Q"), new Points(60), Given.Time.PlusClamped(Hour)))).Accepted();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("P"), new Points(-10), Given.Time))).Accepted();
            (await ledger.DoAsync(new SpendPoints(account, new Points(30)) { Hold = Hour })).Accepted();
        }

        await ledger.StopAsync(inOrder: true);
        return host;
    }
}
