namespace Pointbook.Engine.Journal;

/// <summary>The pauses between purges of erased texts. Not thread-safe.</summary>
/// <remarks>A purge costs the same for one account and for many, and others wait meanwhile. So a successful one is followed by a pause many times as long.</remarks>
/// <param name="clock">The clock of the process.</param>
/// <param name="retryDelay">The pause after a failure. It doubles with each further failure.</param>
/// <param name="pauseMin">The minimum pause after a successful purge.</param>
public sealed class PurgePace(TimeProvider clock, TimeSpan retryDelay, TimeSpan pauseMin)
{
    private const int PauseFactor = 20;
    private const int RetryDelayFactorMax = 1 << 22;
    private static readonly TimeSpan PauseMax = TimeSpan.FromHours(1);

    private long _endedAt = clock.GetTimestamp();
    private TimeSpan _pause;
    private int _retryDelayFactor = 1;

    /// <summary>How long the pause still lasts; zero if a purge may begin.</summary>
    public TimeSpan Left => _pause - clock.GetElapsedTime(_endedAt) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>Begins the pause after a successful purge.</summary>
    /// <param name="time">How long others had to wait for it.</param>
    public void Succeed(TimeSpan time)
    {
        _retryDelayFactor = 1;
        Begin(time * PauseFactor, pauseMin);
    }

    /// <summary>Begins the pause after a failure. It is at least as long as the attempt, because others may have had to wait for that too.</summary>
    /// <param name="time">How long the attempt took.</param>
    public void Fail(TimeSpan time)
    {
        Begin(retryDelay * _retryDelayFactor, time);
        _retryDelayFactor = Math.Min(_retryDelayFactor * 2, RetryDelayFactorMax);
    }

    /// <summary>Begins the minimum pause, because another process or partition is purging.</summary>
    public void Defer() => Begin(pauseMin, pauseMin);

    private void Begin(TimeSpan pause, TimeSpan atLeast)
    {
        _endedAt = clock.GetTimestamp();
        pause = pause > atLeast ? pause : atLeast;
        _pause = pause < PauseMax ? pause : PauseMax;
    }
}
