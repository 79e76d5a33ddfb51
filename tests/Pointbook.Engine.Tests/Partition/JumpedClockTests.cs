using Pointbook.Engine.Hosting;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>A partition whose clock jumps, with credits that would expire and a hold that would end.</summary>
public sealed class JumpedClockTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan TwoYears = TimeSpan.FromDays(730);
    private readonly GuardedClock _clock = new(Noon, new ClockOptions());
    private MemoryJournal _store = null!;
    private Node _node = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = new MemoryJournal(_clock.Guard);
        _node = await Node.StartAsync(_store, clock: _clock.Guard);
        (await _node.DoAsync(Given.Add(100) with { ExpiresAt = Instant.FromDateTimeOffset(Noon.AddMinutes(30)) })).Accepted();
        (await _node.DoAsync(Given.Spend(40) with { Hold = TimeSpan.FromMinutes(10) })).Accepted();
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        _clock.Dispose();
    }

    [Fact]
    public async Task After_a_jump_ahead_nothing_is_written_and_no_points_expire()
    {
        _clock.Step(TwoYears.TotalSeconds);
        Assert.Equal(RefusalCode.ClockUnreliable, (await _node.DoAsync(Given.Add(1))).Code());
        Assert.Equal(RefusalCode.ClockUnreliable, (await _node.DoAsync(new ExpireDue(Given.Carol))).Code());
        AccountBalance balance = await BalanceAsync();
        Assert.Equal((60, 40), (balance.Points.Value, balance.Held.Value));
        Assert.True(balance.AsOf < Instant.FromDateTimeOffset(Noon.AddMinutes(1)));
        Assert.Equal(2, _store.Commits.Count);
    }

    [Fact]
    public async Task While_the_clock_is_not_credible_holds_and_points_expire_by_the_uptime()
    {
        _clock.Step(TwoYears.TotalSeconds);
        _clock.Wall.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(100, (await BalanceAsync()).Points.Value);
        _clock.Wall.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(0, (await BalanceAsync()).Points.Value);
        Assert.Equal(2, _store.Commits.Count);
    }

    [Fact]
    public async Task No_points_are_lost_once_the_clock_is_right_again()
    {
        _clock.Step(TwoYears.TotalSeconds);
        Assert.Equal(RefusalCode.ClockUnreliable, (await _node.DoAsync(Given.Add(1))).Code());
        _clock.Step(-TwoYears.TotalSeconds);
        Receipt spend = (await _node.DoAsync(Given.Spend(60))).Accepted();
        Assert.InRange(spend.RecordedAt.ToDateTimeOffset(), Noon, Noon.AddMinutes(1));
        Assert.Equal(40, (await BalanceAsync()).Held.Value);
    }

    [Fact]
    public async Task A_replay_of_a_key_is_answered_while_the_clock_is_not_credible()
    {
        Receipt first = (await _node.DoAsync(Given.Add(7).With("key"))).Accepted();
        _clock.Step(TwoYears.TotalSeconds);
        Receipt again = (await _node.DoAsync(Given.Add(7).With("key"))).Accepted();
        Assert.Equal((true, first.Id), (again.IsReplay, again.Id));
    }

    [Fact]
    public async Task After_a_confirmation_the_clock_counts_and_earlier_answers_delay_no_commit()
    {
        Assert.Equal(60, (await BalanceAsync()).Points.Value);
        _clock.Step(-3_600);
        Assert.Equal(RefusalCode.ClockUnreliable, (await _node.DoAsync(Given.Add(1))).Code());
        Assert.True(_clock.Guard.TryConfirm(Noon.AddHours(-1), out _));
        Receipt receipt = (await _node.DoAsync(Given.Add(1))).Accepted();
        Assert.Equal(Instant.FromDateTimeOffset(Noon.AddHours(-1)), receipt.DecidedAt);
        Assert.Equal(_store.Commits[^2].RecordedAt.UnixMicroseconds + 1, receipt.RecordedAt.UnixMicroseconds);
    }

    [Fact]
    public async Task A_suspended_machine_is_not_a_jump()
    {
        _clock.Advance(86_400, 86_400);
        (await _node.DoAsync(Given.Add(1))).Accepted();
        Assert.Equal(1, (await BalanceAsync()).Points.Value);
    }

    [Fact]
    public async Task A_start_long_after_the_last_commit_writes_nothing_and_expires_nothing_until_it_is_confirmed()
    {
        _store.SkewMax = TimeSpan.FromDays(1_000);
        using GuardedClock late = new(Noon.AddDays(91), new ClockOptions());
        late.Guard.Begin([await _store.ReadHeadAsync(Token)]);
        await using Node node = await Node.StartAsync(_store, clock: late.Guard);
        Assert.Equal(RefusalCode.ClockUnreliable, (await node.DoAsync(Given.Add(1))).Code());
        Assert.Equal(60, await node.PointsAsync(Given.Carol));
        Assert.True(late.Guard.TryConfirm(Noon.AddDays(91), out _));
        Assert.Equal(0, await node.PointsAsync(Given.Carol));
        (await node.DoAsync(Given.Add(1))).Accepted();
    }

    [Fact]
    public async Task A_clock_disagreement_with_the_store_is_reported_until_a_commit_succeeds()
    {
        _node.Journal.Script([.. Enumerable.Repeat(AppendFault.Early, Node.Options.AttemptsMax)]);
        Task<Outcome<Receipt>> refused = _node.DoAsync(Given.Add(1));
        await Eventually.TrueAsync(() =>
        {
            // Ends the pauses before the next attempts.
            _clock.Wall.Advance(TimeSpan.FromMilliseconds(1));
            return refused.IsCompleted;
        });
        Assert.Equal(RefusalCode.ClockDisagrees, (await refused).Code());
        Assert.True(_clock.Guard.DisagreesWithStore);
        (await _node.DoAsync(Given.Add(1))).Accepted();
        Assert.False(_clock.Guard.DisagreesWithStore);
    }

    private Task<AccountBalance> BalanceAsync() => _node.BalanceAsync(Given.Carol);
}
