using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>A row of the derived tables that was changed behind the ledger's back costs its account, until the next start. The tests of stores with rows inherit it.</summary>
public abstract class DamagedRowsContract
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract StoreHost CreateHost();

    [Theory]
    [InlineData("UPDATE held_draw SET points = points + 1000 WHERE account = 'a'")]
    [InlineData("UPDATE hold SET points = points + 1 WHERE account = 'a'")]
    [InlineData("DELETE FROM held_draw WHERE account = 'a'")]
    [InlineData("UPDATE held_draw SET payer = 'nobody' WHERE account = 'a' AND payer = 'R'")]
    [InlineData("UPDATE held_draw SET payer = 'Q' WHERE account = 'a' AND payer = 'P'")]
    [InlineData("UPDATE held_draw SET expires_at = NULL WHERE account = 'a' AND payer = 'P'")]
    [InlineData("UPDATE held_draw SET lot = 9999 WHERE account = 'a' AND payer = 'R'")]
    public async Task A_pending_spend_whose_rows_do_not_agree_is_never_returned_and_the_next_start_rebuilds_them(string damage)
    {
        await using StoreHost host = await WriteTwoAsync();
        await host.ChangeRowsAsync(damage);
        host.Clock.Advance(2 * Hour);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            Assert.Equal(RefusalCode.AccountDamaged, (await ledger.DoAsync(new SpendPoints(Given.Account("a"), new Points(1)))).Code());
            Assert.Equal(65, (await ledger.Partition.ReadBalanceAsync(Given.Account("b"), Token)).Value!.Points.Value);
            Assert.Equal(1, ledger.Partition.Health.DamagedAccounts);
            await ledger.EndAsync(inOrder: true);
        }

        await AssertRebuiltAsync(host);
    }

    [Theory]
    [InlineData("UPDATE held_draw SET points = points + 1000 WHERE account = 'a'")]
    [InlineData("DELETE FROM held_draw WHERE account = 'a'")]
    [InlineData("UPDATE held_draw SET payer = 'nobody' WHERE account = 'a' AND payer = 'R'")]
    [InlineData("UPDATE held_draw SET payer = ' ' WHERE account = 'a'")]
    [InlineData("UPDATE $lot SET payer = 'nobody' WHERE account = 'a' AND payer = 'P'")]
    [InlineData("UPDATE $lot SET remaining = -5 WHERE account = 'a'")]
    [InlineData("UPDATE $lot SET remaining = 9223372036854775807 WHERE account = 'a'")]
    [InlineData("UPDATE payer_balance SET points = 9223372036854775807 WHERE account = 'a'")]
    [InlineData("UPDATE payer_balance SET points = -1 WHERE account = 'a'")]
    [InlineData("UPDATE payer_balance SET first_sequence = 9223372036854775807 WHERE account = 'a' AND payer = 'P'")]
    [InlineData("UPDATE account SET held = 9223372036854775807 WHERE account = 'a'")]
    [InlineData("UPDATE account SET held = 1 WHERE account = 'a'")]
    public async Task A_list_has_no_figures_of_an_account_whose_rows_do_not_agree_and_all_those_of_the_others(string damage)
    {
        await using StoreHost host = await WriteTwoAsync();
        await host.ChangeRowsAsync(damage.Replace("$lot", host.LotTable, StringComparison.Ordinal));
        host.Clock.Advance(2 * Hour);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            AccountPage page = (await ledger.Queries.ListAccountsAsync("", null, 10, Token)).Value!;
            Assert.Equal([("a", null), ("b", 65L)], page.Accounts.Select(item => (item.Account.Value, item.Balance?.Points.Value)));
            Assert.Equal(1, ledger.Partition.Health.DamagedAccounts);
            await ledger.EndAsync(inOrder: true);
        }

        await AssertRebuiltAsync(host);
    }

    [Theory]
    [InlineData("UPDATE held_draw SET points = points + 1000 WHERE account = 'a'")]
    [InlineData("UPDATE $lot SET payer = 'nobody' WHERE account = 'a' AND payer = 'P'")]
    [InlineData("UPDATE $lot SET remaining = -5 WHERE account = 'a'")]
    [InlineData("UPDATE payer_balance SET points = -1 WHERE account = 'a'")]
    public async Task A_page_of_lots_is_refused_if_its_rows_do_not_agree(string damage)
    {
        await using StoreHost host = await WriteTwoAsync();
        await host.ChangeRowsAsync(damage.Replace("$lot", host.LotTable, StringComparison.Ordinal));
        host.Clock.Advance(2 * Hour);
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        Assert.Equal(RefusalCode.AccountDamaged, (await ledger.Queries.ReadLotsAsync(Given.Account("a"), null, 10, Token)).Refusal?.Code);
        Assert.Equal(2, (await ledger.Queries.ReadLotsAsync(Given.Account("b"), null, 10, Token)).Value!.Lots.Count);
    }

    [Theory]
    [InlineData("UPDATE account SET held = -9223372036854775808 WHERE account = 'a'")]
    [InlineData("UPDATE account SET open_lots = 9223372036854775807 WHERE account = 'a'")]
    public async Task A_sum_that_does_not_fit_any_more_costs_its_account_and_stops_nothing(string damage)
    {
        await using StoreHost host = await WriteTwoAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            Assert.Equal(125, (await ledger.Partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
            await host.ChangeRowsAsync(damage);
            host.Clock.Advance(Hour);
            (await ledger.DoAsync(new AddTransaction(Given.Account("a"), Given.Payer("Q"), new Points(5), Given.Time))).Taken();
            (await ledger.DoAsync(new AddTransaction(Given.Account("b"), Given.Payer("Q"), new Points(5), Given.Time))).Taken();
            await ledger.Partition.WaitUntilProjectedAsync(Token);
            AccountPage page = (await ledger.Queries.ListAccountsAsync("", null, 10, Token)).Value!;
            Assert.Equal([("a", null), ("b", 70L)], page.Accounts.Select(item => (item.Account.Value, item.Balance?.Points.Value)));
            Assert.Equal((true, 1), (ledger.Partition.Health.IsReady, ledger.Partition.Health.DamagedAccounts));
            await ledger.EndAsync(inOrder: true);
        }

        await AssertRebuiltAsync(host, 70);
    }

    [Fact]
    public async Task Rows_whose_account_key_is_invalid_take_no_place_in_a_list_and_the_next_start_rebuilds_them()
    {
        await using StoreHost host = await WriteTwoAsync();
        foreach (string table in new[] { "account", "hold", host.LotTable })
        {
            await host.ChangeRowsAsync($"UPDATE {table} SET account = 'a key' WHERE account = 'a'");
        }

        for (int time = 0; time < 2; time++)
        {
            Assert.Equal([Given.Account("b")], await host.Projection.ListDueAccountsAsync(Instant.MaxValue, 1, Token));
            Assert.Equal([Given.Account("b")], await host.Projection.ListDueAccountsAsync(Instant.MaxValue, 10, Token));
            Assert.Equal([Given.Account("b")], await host.Projection.ListAccountsAsync("", null, 1, Token));
            Assert.Equal([Given.Account("b")], await host.Projection.ListAccountsAsync("", null, 10, Token));
        }

        host.Clock.Advance(2 * Hour);
        await AssertRebuiltAsync(host);
    }

    /// <summary>Starts once more, and finds both accounts as they were written.</summary>
    private static async Task AssertRebuiltAsync(StoreHost host, long points = 65)
    {
        await host.OpenAsync();
        await using RunningLedger next = await RunningLedger.StartAsync(host);
        AccountPage page = (await next.Queries.ListAccountsAsync("", null, 10, Token)).Value!;
        Assert.Equal([points, points], page.Accounts.Select(item => item.Balance?.Points.Value ?? -1));
        Assert.Equal(points, (await next.Partition.ReadBalanceAsync(Given.Account("a"), Token)).Value!.Points.Value);
        Assert.Equal(0, next.Partition.Health.DamagedAccounts);
    }

    /// <summary>Two accounts alike, which hold some of one lot and all of another; after an hour the hold is over and one lot has expired.</summary>
    private async Task<StoreHost> WriteTwoAsync()
    {
        StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        Instant expiry = Instant.FromDateTimeOffset(host.Clock.GetUtcNow()).PlusClamped(Hour);
        foreach (AccountId account in new[] { Given.Account("a"), Given.Account("b") })
        {
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("R"), new Points(5), Given.Time.PlusClamped(-Hour)))).Taken();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("P"), new Points(100), Given.Time) { ExpiresAt = expiry })).Taken();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("Q"), new Points(60), Given.Time.PlusClamped(Hour)))).Taken();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("P"), new Points(-10), Given.Time))).Taken();
            (await ledger.DoAsync(new SpendPoints(account, new Points(30)) { Hold = Hour })).Taken();
        }

        await ledger.EndAsync(inOrder: true);
        return host;
    }
}
