using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Queries;

public sealed class AsOfTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Instant Now => Instant.FromDateTimeOffset(_clock.GetUtcNow());

    [Fact]
    public async Task A_past_balance_equals_the_balance_that_was_read_then()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        List<AccountBalance> balances = [];
        await DoAsync(Given.Add(100) with { ExpiresAt = Now.PlusClamped(4 * Hour) });
        await DoAsync(Given.Add(50, day: 3, payer: Given.Unilever));
        Receipt spend = await DoAsync(Given.Spend(70));
        await DoAsync(Given.Hold(60, Hour));
        await DoAsync(Given.Reverse(spend));
        Receipt flush = await DoAsync(Given.Flush());
        await DoAsync(Given.Restore(flush));
        await DoAsync(Given.Add(1, day: 9));

        foreach (AccountBalance then in balances)
        {
            AccountBalance known = (await node.Queries.ReadBalanceAsOfAsync(Given.Carol, then.AsOf, Token)).Value!;
            Assert.Equal((then.Points, then.Held, then.AsOf), (known.Points, known.Held, known.AsOf));
            Assert.Equal(then.Payers, known.Payers);
        }

        async Task<Receipt> DoAsync(Command command)
        {
            Receipt receipt = (await node.DoAsync(command)).Accepted();
            balances.Add(await node.BalanceAsync(Given.Carol));
            _clock.Advance(Hour);
            balances.Add(await node.BalanceAsync(Given.Carol));
            return receipt;
        }
    }

    [Fact]
    public async Task A_future_knownAt_is_refused_and_the_present_is_accepted()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        Receipt last = (await node.DoAsync(Given.Add(100))).Accepted();
        last = (await node.DoAsync(Given.Add(1))).Accepted();
        Assert.Equal(101, (await node.Queries.ReadBalanceAsOfAsync(Given.Carol, last.RecordedAt, Token)).Value!.Points.Value);
        Instant later = Instant.FromUnixMicroseconds(last.RecordedAt.UnixMicroseconds + 1_000);
        Assert.Equal(RefusalCode.KnownAtInFuture, (await node.Queries.ReadBalanceAsOfAsync(Given.Carol, later, Token)).Refusal?.Code);
        Assert.Equal(RefusalCode.KnownAtInFuture, (await node.Queries.ReadEffectiveBalanceAsync(Given.Carol, Given.Day(1), later, Token)).Refusal?.Code);
        Assert.Empty((await node.Queries.ReadBalanceAsOfAsync(Given.Carol, Instant.MinValue, Token)).Value!.Payers);
    }

    [Fact]
    public async Task Effective_sums_count_transactions_by_timestamp_expiries_by_expiry_and_other_entries_by_recording()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        Instant start = Now;
        (await node.DoAsync(Given.Add(100, day: 10) with { ExpiresAt = start.PlusClamped(Hour) })).Accepted();
        (await node.DoAsync(Given.Add(50, day: 20, payer: Given.Unilever))).Accepted();
        (await node.DoAsync(Given.Add(-30, day: 5))).Accepted();
        (await node.DoAsync(Given.Spend(10))).Accepted();
        _clock.Advance(2 * Hour);

        Assert.Equal([(Given.Dannon, -30)], await SumsAsync(Given.Day(9)));
        Assert.Equal([(Given.Dannon, 70)], await SumsAsync(Given.Day(19)));
        Assert.Equal([(Given.Dannon, 70), (Given.Unilever, 50)], await SumsAsync(Given.Day(21)));
        Assert.Equal([(Given.Dannon, 60), (Given.Unilever, 50)], await SumsAsync(Instant.FromUnixMicroseconds(start.PlusClamped(Hour).UnixMicroseconds - 1)));
        Assert.Equal([(Given.Dannon, 0), (Given.Unilever, 50)], await SumsAsync(start.PlusClamped(Hour)));
        Assert.Equal([(Given.Dannon, 60), (Given.Unilever, 50)], await SumsAsync(start.PlusClamped(Hour), start.PlusClamped(Hour / 2)));

        async Task<IEnumerable<(PayerName, Int128)>> SumsAsync(Instant effectiveAt, Instant? knownAt = null)
        {
            EffectiveBalance balance = (await node.Queries.ReadEffectiveBalanceAsync(Given.Carol, effectiveAt, knownAt, Token)).Value!;
            Assert.Equal(effectiveAt, balance.EffectiveAt);
            return balance.Payers.Select(line => (line.Key, line.Value));
        }
    }
}
