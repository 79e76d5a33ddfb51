using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Hosting;

public sealed class ClockGuardTests : IDisposable
{
    private const int BehindJournal = 1018;
    private const int Jumped = 1031;
    private const int CredibleAgain = 1032;
    private const int Unconfirmed = 1033;
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan SkewMax = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GapMax = TimeSpan.FromDays(90);
    private readonly GuardedClock _clock = new(Noon, new ClockOptions { SkewMax = SkewMax, GapMax = GapMax });

    public void Dispose() => _clock.Dispose();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(60, 60)]
    [InlineData(60, 65)]
    [InlineData(60, 55)]
    [InlineData(0, -5)]
    [InlineData(86_400, 86_400)]
    public void A_clock_that_agrees_with_the_uptime_is_credible(int uptimeSeconds, int clockSeconds)
    {
        _clock.Advance(uptimeSeconds, clockSeconds);
        Assert.Equal(new ClockReading(At(clockSeconds), 0, null), _clock.Guard.Read());
        Assert.Empty(_clock.Log.MessagesOf(Jumped));
    }

    [Theory]
    [InlineData(60, 65.000001, 60)]
    [InlineData(60, 54.999999, 60)]
    [InlineData(0, 63_072_000, 0)]
    [InlineData(10, -3_600, 10)]
    [InlineData(3_600, 0, 3_600)]
    public void After_a_jump_the_clock_is_not_credible_and_time_follows_the_uptime(double uptimeSeconds, double clockSeconds, double credibleSeconds)
    {
        _clock.Advance(uptimeSeconds, clockSeconds);
        Assert.Equal(new ClockReading(At(credibleSeconds), 0, ClockFault.Jumped), _clock.Guard.Read());
        _clock.Advance(1, 1);
        Assert.Equal(At(credibleSeconds + 1), Instant.FromDateTimeOffset(_clock.Guard.GetUtcNow()));
        Assert.Equal(ClockFault.Jumped, _clock.Guard.Fault);
        Assert.Contains("an operator confirms the clock", Assert.Single(_clock.Log.MessagesOf(Jumped)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.000_5)]
    [InlineData(-0.000_5)]
    public void Slow_drift_is_credible(double drift)
    {
        for (int minute = 0; minute < 10_000; minute++)
        {
            _clock.Advance(60, 60 * (1 + drift));
            Assert.Null(_clock.Guard.Read().Fault);
        }
    }

    [Fact]
    public void Very_frequent_reads_are_credible()
    {
        for (int look = 0; look < 200_000; look++)
        {
            _clock.Advance(0.000_137, 0.000_137);
            Assert.Null(_clock.Guard.Read().Fault);
        }

        // If the guard had accumulated rounding errors, this step would raise an alarm.
        _clock.Step(4.999);
        Assert.Null(_clock.Guard.Read().Fault);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-4)]
    public void Many_small_steps_are_not_credible(int stepSeconds)
    {
        _clock.Advance(60, 60 + stepSeconds);
        Assert.Equal(new ClockReading(At(60 + stepSeconds), 0, null), _clock.Guard.Read());
        _clock.Advance(60, 60 + stepSeconds);
        Assert.Equal(new ClockReading(At(120 + stepSeconds), 0, ClockFault.Jumped), _clock.Guard.Read());
    }

    [Fact]
    public void Many_small_steps_between_two_reads_are_not_credible()
    {
        _clock.Guard.Begin([JournalHead.Empty]);
        for (int minute = 0; minute < 10; minute++)
        {
            _clock.Wall.Advance(TimeSpan.FromSeconds(2));
            _clock.Step(4);
            _clock.Wall.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(ClockFault.Jumped, _clock.Guard.Read().Fault);
    }

    [Fact]
    public void Small_steps_hours_apart_are_credible_corrections()
    {
        for (int step = 0; step < 20; step++)
        {
            _clock.Advance(60, 64);
            Assert.Null(_clock.Guard.Read().Fault);
            for (int minute = 0; minute < 180; minute++)
            {
                _clock.Advance(60, 60);
                Assert.Null(_clock.Guard.Read().Fault);
            }
        }
    }

    [Fact]
    public void A_clock_that_returns_to_the_right_time_is_credible_again()
    {
        _clock.Advance(1, 7_200);
        Assert.Equal(ClockFault.Jumped, _clock.Guard.Read().Fault);
        _clock.Advance(1, -7_196);
        Assert.Equal(new ClockReading(At(4), 0, null), _clock.Guard.Read());
        Assert.Single(_clock.Log.MessagesOf(CredibleAgain));
    }

    [Fact]
    public void A_corrected_clock_is_credible_once_an_operator_confirms_it()
    {
        _clock.Advance(1, 7_200);
        Assert.Equal(ClockFault.Jumped, _clock.Guard.Read().Fault);
        Task corrected = _clock.Guard.Corrected;
        Assert.True(_clock.Guard.TryConfirm(Noon.AddSeconds(7_200 + 299), out DateTimeOffset shown));
        Assert.Equal(Noon.AddSeconds(7_200), shown);
        Assert.Equal(new ClockReading(At(7_200), 1, null), _clock.Guard.Read());
        Assert.True(corrected.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(-301)]
    [InlineData(-7_200)]
    public void Confirming_another_time_changes_nothing(int secondsFromClock)
    {
        _clock.Advance(1, 7_200);
        Assert.Equal(ClockFault.Jumped, _clock.Guard.Read().Fault);
        Assert.False(_clock.Guard.TryConfirm(Noon.AddSeconds(7_200 + secondsFromClock), out _));
        Assert.Equal(new ClockReading(At(1), 0, ClockFault.Jumped), _clock.Guard.Read());
    }

    [Fact]
    public void Confirming_a_credible_clock_changes_nothing()
    {
        Assert.True(_clock.Guard.TryConfirm(Noon, out _));
        Assert.Equal(new ClockReading(At(0), 0, null), _clock.Guard.Read());
    }

    [Fact]
    public void A_start_long_after_the_last_commit_waits_for_a_confirmation_at_the_time_of_that_commit()
    {
        DateTimeOffset last = Noon - GapMax - TimeSpan.FromSeconds(1);
        _clock.Guard.Begin([Head(last), Head(last.AddDays(-1))]);
        _clock.Advance(60, 60);
        Assert.Equal(
            new ClockReading(Instant.FromDateTimeOffset(last.AddSeconds(60)), 0, ClockFault.Unconfirmed),
            _clock.Guard.Read());
        Assert.Contains("an operator confirms the clock", Assert.Single(_clock.Log.MessagesOf(Unconfirmed)), StringComparison.Ordinal);

        Assert.True(_clock.Guard.TryConfirm(Noon.AddSeconds(60), out _));
        Assert.Equal(new ClockReading(At(60), 1, null), _clock.Guard.Read());
    }

    [Fact]
    public void A_start_within_the_gap_needs_no_confirmation()
    {
        _clock.Guard.Begin([Head(Noon - GapMax)]);
        Assert.Equal(new ClockReading(At(0), 0, null), _clock.Guard.Read());
        _clock.Guard.Begin([JournalHead.Empty]);
        Assert.Null(_clock.Guard.Fault);
    }

    [Fact]
    public void A_waiting_start_continues_once_another_process_has_written()
    {
        _clock.Guard.Begin([Head(Noon - GapMax - GapMax)]);
        _clock.Guard.Follow(Instant.FromDateTimeOffset(Noon - GapMax - TimeSpan.FromDays(1)));
        Assert.Equal(ClockFault.Unconfirmed, _clock.Guard.Read().Fault);
        _clock.Guard.Follow(Instant.FromDateTimeOffset(Noon));
        Assert.Null(_clock.Guard.Read().Fault);
    }

    [Fact]
    public void A_start_with_a_clock_behind_the_last_commit_succeeds_and_is_logged()
    {
        _clock.Guard.Begin([Head(Noon.AddMinutes(-5)), Head(Noon.AddMinutes(5))]);
        Assert.Equal(new ClockReading(At(0), 0, null), _clock.Guard.Read());
        Assert.Contains("300 s ahead", Assert.Single(_clock.Log.MessagesOf(BehindJournal)), StringComparison.Ordinal);
        _clock.Guard.Begin([Head(Noon.AddMinutes(1))]);
        Assert.Single(_clock.Log.MessagesOf(BehindJournal));
    }

    [Fact]
    public void A_test_clock_that_is_set_is_credible()
    {
        _clock.Guard.Set(() => _clock.Step(-7_200));
        Assert.Equal(new ClockReading(At(-7_200), 1, null), _clock.Guard.Read());
    }

    [Fact]
    public void The_uptime_advances_and_agrees_with_the_kernel()
    {
        TimeSpan before = SystemUptime.Read();
        TimeSpan after = SystemUptime.Read();
        Assert.InRange(after, before, before + TimeSpan.FromMinutes(1));
        if (OperatingSystem.IsLinux())
        {
            string[] kernel = File.ReadAllText("/proc/uptime").Split(' ');
            double seconds = double.Parse(kernel[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.InRange(SystemUptime.Read().TotalSeconds - seconds, -1, 60);
        }
    }

    [Theory]
    [InlineData("00:00:05", "00:59:59", "GapMax")]
    [InlineData("00:00:00.05", "90.00:00:00", "SkewMax")]
    [InlineData("01:00:01", "90.00:00:00", "SkewMax")]
    public void Options_out_of_range_are_refused(string skewMax, string gapMax, string option)
    {
        ClockOptions options = new()
        {
            SkewMax = TimeSpan.Parse(skewMax, System.Globalization.CultureInfo.InvariantCulture),
            GapMax = TimeSpan.Parse(gapMax, System.Globalization.CultureInfo.InvariantCulture),
        };
        Assert.StartsWith(option, options.Fault(), StringComparison.Ordinal);
    }

    private static Instant At(double seconds) => Instant.FromDateTimeOffset(Noon + TimeSpan.FromMicroseconds(Math.Round(seconds * 1e6)));

    private static JournalHead Head(DateTimeOffset time) =>
        new(new Sequence(1), default, new CommitTime(Instant.FromDateTimeOffset(time), Instant.FromDateTimeOffset(time)));
}
