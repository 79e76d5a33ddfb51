using Pointbook.Engine.Hosting;

namespace Pointbook.Server.Clocks;

/// <summary>A clock that a test sets, and that continues from there at its normal pace. Thread-safe.</summary>
internal sealed class TestClock(Uptime uptime) : TimeProvider
{
    private volatile Setting _setting = new(System.GetUtcNow(), uptime());

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        Setting setting = _setting;
        return setting.SetTo + (uptime() - setting.At);
    }

    /// <summary>Sets the time.</summary>
    public void Set(DateTimeOffset now) => _setting = new Setting(now, uptime());

    private sealed record Setting(DateTimeOffset SetTo, TimeSpan At);
}
