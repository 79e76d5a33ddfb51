namespace Pointbook.Server.Tests.Support;

/// <summary>The real clock, which tests advance. Its timers run in real time, so that waiting code continues.</summary>
internal sealed class ShiftedClock(DateTimeOffset start) : TimeProvider
{
    private long _shift = (start - System.GetUtcNow()).Ticks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _shift));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _shift, by.Ticks);
}
