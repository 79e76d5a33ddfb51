using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Queries;

public sealed class StatementTests
{
    private static readonly DateOnly First = new(2026, 1, 1);
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_statement_accounts_for_all_points_of_a_payer_and_adds_up()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        Instant today = Instant.FromDateTimeOffset(_clock.GetUtcNow());
        await node.DoAsync(Given.Add(1_000) with { OccurredAt = today });
        await node.DoAsync(Given.Add(300, account: Given.Dave) with { OccurredAt = today.PlusClamped(TimeSpan.FromDays(-100)), ExpiresAt = today.PlusClamped(TimeSpan.FromDays(40)) });
        _clock.Advance(TimeSpan.FromDays(1));
        await node.DoAsync(Given.Add(-50, account: Given.Dave) with { OccurredAt = today });
        await node.DoAsync(Given.Add(7) with { OccurredAt = Instant.FromDateTimeOffset(_clock.GetUtcNow()), ExpiresAt = Instant.FromDateTimeOffset(_clock.GetUtcNow().AddHours(1)) });
        Receipt spend = (await node.DoAsync(Given.Spend(400))).Accepted();
        await node.DoAsync(Given.Reverse(spend));
        (await node.DoAsync(Given.Spend(100))).Accepted();
        _clock.Advance(TimeSpan.FromDays(1));

        PayerStatement statement = await ReadAsync(node, First.AddDays(1), First.AddDays(2));
        Assert.Equal(
            (1_300, 7, 50, 500, 400, 0, 0, 0, 1_157),
            (statement.Opening, statement.Credited, statement.Deducted, statement.Spent, statement.Returned, statement.Expired, statement.Flushed, statement.Restored, statement.Closing));
        Assert.Equal((0, 50), (statement.CreditedLate, statement.DeductedLate));
        Assert.Equal([907, 300, 0, 0], statement.Ageing);
        Assert.Equal((50, 7, 0, 300), (statement.UnpaidDeductions, statement.Due, statement.ExpiringIn30Days, statement.ExpiringIn90Days));
        Assert.True(statement.AddsUp);

        await node.DoAsync(new ExpireDue(Given.Carol));
        Assert.Equivalent(statement, await ReadAsync(node, First.AddDays(1), First.AddDays(2)));
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(7, (await ReadAsync(node, First.AddDays(2), First.AddDays(3))).Expired);
    }

    [Fact]
    public async Task An_unfinished_day_has_no_statement()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        Outcome<PayerStatement> open = await node.Queries.ReadStatementAsync(Given.Dannon, First, First.AddDays(1), Token);
        Assert.Equal(RefusalCode.PeriodOpen, open.Refusal?.Code);
        _clock.SetUtcNow(new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(0, (await ReadAsync(node, First, First.AddDays(1))).Closing);
    }

    [Fact]
    public async Task With_several_writers_a_day_is_over_only_when_it_is_over_on_every_clock()
    {
        Pointbook.StorageContract.Memory.MemoryJournal shared = new(_clock) { IsShared = true };
        await using Node node = await Node.StartAsync(shared, clock: _clock);
        _clock.SetUtcNow(new DateTimeOffset(2026, 1, 2, 0, 0, 4, TimeSpan.Zero));
        Assert.Equal(RefusalCode.PeriodOpen, (await node.Queries.ReadStatementAsync(Given.Dannon, First, First.AddDays(1), Token)).Refusal?.Code);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await ReadAsync(node, First, First.AddDays(1))).AddsUp);
    }

    [Fact]
    public async Task Lists_contain_every_account_and_payer_in_order_across_pages_without_gaps()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        foreach (int number in Enumerable.Range(0, 25))
        {
            (await node.DoAsync(Given.Add(number + 1, account: AccountId.FromTrusted($"shop_{number:00}"), payer: PayerName.FromTrusted($"P{number % 7}")))).Accepted();
        }

        (await node.DoAsync(Given.Add(-1, account: AccountId.FromTrusted("shop_07"), payer: PayerName.FromTrusted("P0")))).Accepted();
        (await node.DoAsync(Given.Add(1, account: AccountId.FromTrusted("shopX")))).Accepted();
        AccountPage page = (await node.Queries.ListAccountsAsync("shop_", null, 10, Token)).Value!;
        AccountPage rest = (await node.Queries.ListAccountsAsync("shop_", page.Accounts[^1].Account, 100, Token)).Value!;
        Assert.Equal((10, true, 15, false), (page.Accounts.Count, page.HasMore, rest.Accounts.Count, rest.HasMore));
        Assert.Equal(Enumerable.Range(1, 25).Sum() - 1, page.Accounts.Concat(rest.Accounts).Sum(account => account.Balance!.Points.Value));

        PayerPage payers = (await node.Queries.ListPayersAsync(null, Given.Dannon, 3, Token)).Value!;
        Assert.Equal(["P0", "P1", "P2"], payers.Payers.Select(total => total.Payer.Value));
        Assert.True(payers.HasMore);
        Assert.Equal((1 + 8 + 15 + 22 - 1, 1), (payers.Payers[0].Points, payers.Payers[0].Outstanding));
        PayerPage one = (await node.Queries.ListPayersAsync(PayerName.FromTrusted("P6"), null, 3, Token)).Value!;
        Assert.Equal("P6", Assert.Single(one.Payers).Payer.Value);
    }

    private static async Task<PayerStatement> ReadAsync(Node node, DateOnly from, DateOnly to) =>
        (await node.Queries.ReadStatementAsync(Given.Dannon, from, to, Token)).Value!;
}
