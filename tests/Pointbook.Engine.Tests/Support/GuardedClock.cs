using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Hosting;

namespace Pointbook.Engine.Tests.Support;

/// <summary>A guarded wall clock and the uptime of a machine, both driven by a test.</summary>
internal sealed class GuardedClock : IDisposable
{
    private TimeSpan _ahead = TimeSpan.FromDays(3);

    public GuardedClock(DateTimeOffset start, ClockOptions options)
    {
        Wall = new FakeTimeProvider(start);
        Guard = new ClockGuard(Wall, () => _ahead + (Wall.GetUtcNow() - start), options, Log);
    }

    /// <summary>The clock of the machine. Its Advance also advances the uptime.</summary>
    public FakeTimeProvider Wall { get; }

    public RecordingLogger Log { get; } = new();

    public ClockGuard Guard { get; }

    /// <summary>Advances the uptime and the clock by different amounts. The guard does not read them in between.</summary>
    public void Advance(double uptimeSeconds, double clockSeconds)
    {
        _ahead += Seconds(uptimeSeconds);
        Step(clockSeconds);
    }

    /// <summary>Moves the clock, but not the uptime.</summary>
    public void Step(double seconds)
    {
        _ahead -= Seconds(seconds);
        Wall.AdjustTime(Wall.GetUtcNow() + Seconds(seconds));
    }

    public void Dispose() => Guard.Dispose();

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromMicroseconds(Math.Round(seconds * 1e6));
}
