using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Journal;

namespace Pointbook.Engine.Tests.Journal;

/// <summary>The pauses between purges.</summary>
public sealed class PurgePaceTests
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseMin = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _clock = new();
    private readonly PurgePace _pace;

    public PurgePaceTests() => _pace = new PurgePace(_clock, RetryDelay, PauseMin);

    [Fact]
    public void The_first_purge_begins_at_once() => Assert.Equal(TimeSpan.Zero, _pace.Left);

    [Theory]
    [InlineData("00:00:01", "00:01:00")]
    [InlineData("00:00:09", "00:03:00")]
    [InlineData("00:30:00", "01:00:00")]
    public void A_purge_is_followed_by_a_pause_twenty_times_as_long_within_bounds(string time, string pause)
    {
        _pace.Succeed(TimeSpan.Parse(time, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(TimeSpan.Parse(pause, System.Globalization.CultureInfo.InvariantCulture), _pace.Left);
        _clock.Advance(_pace.Left - TimeSpan.FromTicks(1));
        Assert.Equal(TimeSpan.FromTicks(1), _pace.Left);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, _pace.Left);
    }

    [Fact]
    public void Failures_are_followed_by_pauses_that_double_up_to_an_hour_until_a_purge_succeeds()
    {
        foreach (int seconds in new[] { 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600 })
        {
            _pace.Fail(TimeSpan.Zero);
            Assert.Equal(TimeSpan.FromSeconds(seconds), _pace.Left);
        }

        _pace.Succeed(TimeSpan.Zero);
        _pace.Fail(TimeSpan.Zero);
        Assert.Equal(RetryDelay, _pace.Left);
    }

    [Fact]
    public void A_failed_attempt_is_followed_by_a_pause_at_least_as_long_as_the_attempt()
    {
        _pace.Fail(TimeSpan.FromMinutes(3));
        Assert.Equal(TimeSpan.FromMinutes(3), _pace.Left);
        _pace.Fail(TimeSpan.FromHours(3));
        Assert.Equal(TimeSpan.FromHours(1), _pace.Left);
    }

    [Fact]
    public void A_purge_of_another_process_is_no_failure()
    {
        _pace.Fail(TimeSpan.Zero);
        _pace.Defer();
        Assert.Equal(PauseMin, _pace.Left);
        _pace.Fail(TimeSpan.Zero);
        Assert.Equal(2 * RetryDelay, _pace.Left);
    }
}
