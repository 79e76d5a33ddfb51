using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>A process wrote the last commit while its clock was two years ahead. Now the clock is right again.</summary>
public sealed class FutureJournalTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset WrongTime = Noon.AddYears(2);
    private readonly FakeTimeProvider _clock = new(Noon);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_commit_is_decided_at_the_clock_and_recorded_after_the_previous_commit()
    {
        await using Node node = await StartAfterWrongCommitAsync();
        Receipt receipt = (await node.DoAsync(Given.Add(1))).Accepted();
        Assert.Equal(Instant.FromDateTimeOffset(Noon), receipt.DecidedAt);
        Assert.Equal(node.Store.Commits[0].RecordedAt.UnixMicroseconds + 1, receipt.RecordedAt.UnixMicroseconds);
        Assert.Equal(receipt.Time, node.Store.Commits[^1].Time);
        await node.VerifyAsync();
    }

    [Fact]
    public async Task A_hold_of_one_second_ends_after_one_second()
    {
        await using Node node = await StartAfterWrongCommitAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        Receipt spend = (await node.DoAsync(Given.Spend(60) with { Hold = TimeSpan.FromSeconds(1) })).Accepted();
        Assert.Equal(Instant.FromDateTimeOffset(Noon.AddSeconds(1)), spend.Operation.FirstEntries[0].ExpiresAt);
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(40, await node.PointsAsync(Given.Carol));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(100, await node.PointsAsync(Given.Carol));
        (await node.DoAsync(Given.Spend(100))).Accepted();
    }

    [Fact]
    public async Task A_credit_with_30_minutes_left_expires_after_30_minutes()
    {
        await using Node node = await StartAfterWrongCommitAsync();
        (await node.DoAsync(Given.Add(100) with { ExpiresAt = Instant.FromDateTimeOffset(Noon.AddMinutes(30)) })).Accepted();
        _clock.Advance(TimeSpan.FromMinutes(29));
        (await node.DoAsync(Given.Spend(1))).Accepted();
        Assert.Equal(99, await node.PointsAsync(Given.Carol));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, await node.PointsAsync(Given.Carol));
        Assert.Equal(RefusalCode.InsufficientPoints, (await node.DoAsync(Given.Spend(1))).Code());
        Assert.Single(node.Store.Commits[^1].Entries, entry => entry is { Kind: EntryKind.Expiry, Points.Value: -99 });
    }

    [Fact]
    public async Task Points_credited_at_the_wrong_time_stay()
    {
        await using Node node = await StartAfterWrongCommitAsync();
        Assert.Equal(7, await node.PointsAsync(Given.Dave));
        (await node.DoAsync(Given.Spend(7, Given.Dave))).Accepted();
    }

    [Fact]
    public async Task A_past_balance_applies_due_events_up_to_the_clock()
    {
        await using Node node = await StartAfterWrongCommitAsync();
        Receipt added = (await node.DoAsync(Given.Add(100) with { ExpiresAt = Instant.FromDateTimeOffset(Noon.AddMinutes(30)) })).Accepted();
        Assert.Equal(100, await node.PointsAsync(Given.Carol));
        Assert.Equal(100, (await node.Queries.ReadBalanceAsOfAsync(Given.Carol, added.RecordedAt, Token)).Value!.Points.Value);
        Assert.Equal(100, (await EffectiveAsync()).Payers.Single().Value);
        _clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(0, (await node.Queries.ReadBalanceAsOfAsync(Given.Carol, added.RecordedAt, Token)).Value!.Points.Value);
        Assert.Equal(0, (await EffectiveAsync()).Payers.Single().Value);

        async Task<Engine.Queries.EffectiveBalance> EffectiveAsync() =>
            (await node.Queries.ReadEffectiveBalanceAsync(Given.Carol, Instant.MaxValue, null, Token)).Value!;
    }

    [Fact]
    public async Task A_timestamp_more_than_a_day_ahead_of_the_clock_is_refused()
    {
        await using Node node = await StartAfterWrongCommitAsync();
        Outcome<Receipt> refused = await node.DoAsync(Given.Add(1) with { OccurredAt = Instant.FromDateTimeOffset(Noon.AddDays(2)) });
        Assert.Equal(Instant.FromDateTimeOffset(Noon.AddHours(24)), refused.Refusal!.TimestampMax);
    }

    [Fact]
    public async Task The_clock_determines_how_long_an_idempotency_key_is_kept()
    {
        await using Node node = await StartAfterWrongCommitAsync();
        Receipt first = (await node.DoAsync(Given.Add(100).With("key"))).Accepted();
        _clock.Advance(new Engine.Partition.LedgerPolicy().KeysKeptFor - TimeSpan.FromMicroseconds(1));
        Assert.True((await node.DoAsync(Given.Add(100).With("key"))).Accepted().IsReplay);
        _clock.Advance(TimeSpan.FromMicroseconds(1));
        Assert.NotEqual(first.Id, (await node.DoAsync(Given.Add(100).With("key"))).Accepted().Id);
    }

    /// <summary>Starts a process with the right clock on a journal that ends in the future.</summary>
    private async Task<Node> StartAfterWrongCommitAsync()
    {
        _clock.AdjustTime(WrongTime);
        MemoryJournal store = new(_clock);
        await using (Node wrong = await Node.StartAsync(store, clock: _clock))
        {
            (await wrong.DoAsync(Given.Add(7, account: Given.Dave))).Accepted();
        }

        _clock.AdjustTime(Noon);
        return await Node.StartAsync(store, clock: _clock);
    }
}
