using Microsoft.Extensions.Time.Testing;

namespace Pointbook.Engine.Tests.Support;

/// <summary>A clock that advances to each awaited pause as soon as somebody waits for it, so that no test depends on the speed of the machine. Thread-safe.</summary>
/// <param name="isAwaited">Selects the pauses by their length. Other timers never end.</param>
internal sealed class TimerClock(Predicate<TimeSpan> isAwaited) : FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50))
{
    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _pauses = [];

    /// <summary>Whether pauses that begin now are selected.</summary>
    public bool IsOn { get; set; }

    /// <summary>The selected pauses so far, in order.</summary>
    public IReadOnlyList<TimeSpan> Pauses
    {
        get
        {
            lock (_lock)
            {
                return [.. _pauses];
            }
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, dueTime, period);
        if (IsOn && isAwaited(dueTime))
        {
            lock (_lock)
            {
                _pauses.Add(dueTime);
            }

            _ = Task.Run(() => Advance(dueTime), CancellationToken.None);
        }

        return timer;
    }
}
