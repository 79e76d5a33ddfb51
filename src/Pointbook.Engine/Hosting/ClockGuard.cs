using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Hosting;

/// <summary>Gives the credible time of a process. Thread-safe.</summary>
/// <remarks>
/// Each look compares the wall clock with the time expected from the machine's uptime. The expected time follows the wall clock, at most at a rate of drift.
/// So slow drift never adds up. Small steps do, unless hours lie between them. While the two disagree, the time is the latest credible one plus the
/// uptime since then. So no read shows a point as expired because of a wrong clock. Nothing may be recorded until the two agree again or an operator
/// confirms the new time.
/// </remarks>
public sealed class ClockGuard : TimeProvider, IDisposable
{
    /// <summary>The largest accepted difference between the operator's time and the clock. It detects an error of days, and leaves time to type.</summary>
    public static readonly TimeSpan ConfirmedWithin = TimeSpan.FromMinutes(5);

    // The rate at which a time service corrects a clock without a step: 500 parts per million, the kernel's maximum (RFC 5905, section 12).
    private const double DriftMax = 0.000_5;

    // The drift of a shorter time would be lost in the resolution of 100 ns.
    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DisagreementLasts = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly TimeProvider _wall;
    private readonly Uptime _uptime;
    private readonly ClockOptions _options;
    private readonly ILogger _logger;

    // The time expected from the uptime.
    private DateTimeOffset _expected;
    private TimeSpan _expectedUptime;

    // The latest credible time.
    private DateTimeOffset _anchor;
    private TimeSpan _anchorUptime;
    private volatile FaultBox? _fault;
    private int _corrections;
    private TaskCompletionSource _corrected = NewCorrected();
    private ITimer? _looks;
    private long _disagreedAt;

    /// <summary>Guards a clock. The clock is credible until <see cref="Begin"/> or a look finds a fault.</summary>
    public ClockGuard(TimeProvider wall, Uptime uptime, ClockOptions options, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(wall);
        ArgumentNullException.ThrowIfNull(uptime);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Fault() is { } fault)
        {
            throw new ArgumentException(fault, nameof(options));
        }

        (_wall, _uptime, _options, _logger) = (wall, uptime, options, logger);
        Anchor();
    }

    /// <summary>Why nothing may be recorded, as of the latest look; null if the clock is credible.</summary>
    public ClockFault? Fault => _fault?.Fault;

    /// <summary>Whether commands were recently refused because the store's clock disagrees, and no commit has succeeded since.</summary>
    public bool DisagreesWithStore =>
        Volatile.Read(ref _disagreedAt) is not 0 and long since && _wall.GetElapsedTime(since) < DisagreementLasts;

    /// <summary>Completes at the next correction, which may move the time far.</summary>
    public Task Corrected
    {
        get
        {
            lock (_lock)
            {
                return _corrected.Task;
            }
        }
    }

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => _wall.LocalTimeZone;

    /// <inheritdoc/>
    public override long TimestampFrequency => _wall.TimestampFrequency;

    /// <summary>Compares the clock with the journals, before the partitions read or write, and then looks at it every second.</summary>
    /// <param name="heads">Where the journals of all partitions end.</param>
    public void Begin(IEnumerable<JournalHead> heads)
    {
        _looks ??= _wall.CreateTimer(_ => GetUtcNow(), null, LookInterval, LookInterval);
        JournalHead[] used = [.. heads.Where(head => head.Last != Sequence.Zero)];
        if (used.Length == 0)
        {
            return;
        }

        lock (_lock)
        {
            Instant now = Instant.FromDateTimeOffset(_wall.GetUtcNow());
            Instant recordedAt = used.Max(head => head.RecordedAt);
            if (recordedAt > now.PlusClamped(AheadMax))
            {
                _logger.ClockBehindJournal(recordedAt.ToString(), (recordedAt.UnixMicroseconds - now.UnixMicroseconds) / 1_000_000);
            }

            Instant decidedAt = used.Max(head => head.DecidedAt);
            if (decidedAt.PlusClamped(_options.GapMax) < now)
            {
                (_anchor, _anchorUptime) = (decidedAt.ToDateTimeOffset(), _uptime());
                _fault = new FaultBox(ClockFault.Unconfirmed);
                _logger.ClockUnconfirmed(now.ToString(), decidedAt.ToString());
            }
        }
    }

    /// <summary>Reads the clock, its corrections and its fault.</summary>
    public ClockReading Read()
    {
        lock (_lock)
        {
            DateTimeOffset now = Look();
            return new ClockReading(Instant.FromDateTimeOffset(now), _corrections, Fault);
        }
    }

    /// <summary>The credible time.</summary>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return Look();
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp() => _wall.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _wall.CreateTimer(callback, state, dueTime, period);

    /// <summary>Accepts the clock if an operator has read about the same time on another clock.</summary>
    /// <param name="now">The time that the operator has read.</param>
    /// <param name="shown">The time that the clock shows.</param>
    /// <returns>Whether the two are within <see cref="ConfirmedWithin"/>.</returns>
    public bool TryConfirm(DateTimeOffset now, out DateTimeOffset shown)
    {
        lock (_lock)
        {
            shown = _wall.GetUtcNow();
            if ((now - shown).Duration() > ConfirmedWithin)
            {
                return false;
            }

            if (_fault is not null)
            {
                Accept();
            }

            return true;
        }
    }

    /// <summary>Sets the clock. A set clock is credible by definition.</summary>
    public void Set(Action setWall)
    {
        ArgumentNullException.ThrowIfNull(setWall);
        lock (_lock)
        {
            setWall();
            Accept();
        }
    }

    /// <summary>Confirms an unconfirmed clock if another process decided a commit within <see cref="ClockOptions.GapMax"/> before it, or later.</summary>
    internal void Follow(Instant decidedAt)
    {
        if (Fault != ClockFault.Unconfirmed)
        {
            return;
        }

        lock (_lock)
        {
            Instant now = Instant.FromDateTimeOffset(_wall.GetUtcNow());
            if (Fault == ClockFault.Unconfirmed && decidedAt.PlusClamped(_options.GapMax) >= now)
            {
                Accept();
            }
        }
    }

    /// <summary>Records that commands were refused because the store's clock disagrees.</summary>
    internal void NoteStoreDisagrees() => Volatile.Write(ref _disagreedAt, Math.Max(1, _wall.GetTimestamp()));

    /// <summary>Records that the store accepted a commit.</summary>
    internal void NoteStoreAgrees()
    {
        if (Volatile.Read(ref _disagreedAt) != 0)
        {
            Volatile.Write(ref _disagreedAt, 0);
        }
    }

    /// <summary>Stops the periodic looks.</summary>
    public void Dispose() => _looks?.Dispose();

    private static TaskCompletionSource NewCorrected() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Accept()
    {
        Anchor();
        _fault = null;
        _corrections++;
        _corrected.TrySetResult();
        _corrected = NewCorrected();
    }

    private void Anchor()
    {
        (_anchor, _anchorUptime) = (_wall.GetUtcNow(), _uptime());
        (_expected, _expectedUptime) = (_anchor, _anchorUptime);
    }

    private DateTimeOffset Look()
    {
        Debug.Assert(_lock.IsHeldByCurrentThread, "Two looks at once would mix their anchors.");

        // The process may be delayed between two readings, so read the wall clock between two readings of the uptime.
        TimeSpan before = _uptime();
        DateTimeOffset wall = _wall.GetUtcNow();
        TimeSpan after = _uptime();
        if (Fault == ClockFault.Unconfirmed)
        {
            return Plus(_anchor, before - _anchorUptime);
        }

        DateTimeOffset earliest = Plus(_expected, before - _expectedUptime);
        DateTimeOffset latest = Plus(_expected, after - _expectedUptime);
        if (wall < Plus(earliest, -_options.SkewMax) || wall > Plus(latest, _options.SkewMax))
        {
            DateTimeOffset credible = Plus(_anchor, before - _anchorUptime);
            NoteJump(wall, credible);
            return credible;
        }

        if (_fault is not null)
        {
            _fault = null;
            _logger.ClockCredibleAgain(Instant.FromDateTimeOffset(wall).ToString());
        }

        if (after - _expectedUptime >= FollowInterval)
        {
            TimeSpan drift = (after - _expectedUptime) * DriftMax;
            DateTimeOffset nearest = wall < earliest ? earliest : wall > latest ? latest : wall;
            (_expected, _expectedUptime) = (Plus(nearest, Clamp(wall - nearest, drift)), after);
        }

        (_anchor, _anchorUptime) = (wall, after);
        return wall;
    }

    private static TimeSpan Clamp(TimeSpan value, TimeSpan max) => value > max ? max : value < -max ? -max : value;

    private void NoteJump(DateTimeOffset wall, DateTimeOffset credible)
    {
        if (_fault is null)
        {
            _fault = new FaultBox(ClockFault.Jumped);
            _logger.ClockJumped(Instant.FromDateTimeOffset(wall).ToString(), Instant.FromDateTimeOffset(credible).ToString());
        }
    }

    /// <summary>Adds without rounding, because the rounding errors of many looks would add up.</summary>
    private static DateTimeOffset Plus(DateTimeOffset time, TimeSpan duration) =>
        new((long)Int128.Clamp((Int128)time.UtcTicks + duration.Ticks, DateTimeOffset.MinValue.UtcTicks, DateTimeOffset.MaxValue.UtcTicks), TimeSpan.Zero);

    /// <summary>A fault that can be read without the lock.</summary>
    private sealed record FaultBox(ClockFault Fault);
}
