using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Hosting;

/// <summary>One reading of a <see cref="ClockGuard"/>. Immutable.</summary>
/// <param name="Now">The credible time.</param>
/// <param name="Corrections">How many times the clock was confirmed or set so far. After that, the time may be earlier than before.</param>
/// <param name="Fault">Why nothing may be recorded; null if the clock is credible.</param>
public readonly record struct ClockReading(Instant Now, int Corrections, ClockFault? Fault);

/// <summary>Why a clock is not credible.</summary>
public enum ClockFault
{
    /// <summary>The clock and the uptime of the machine disagree: the clock jumped.</summary>
    Jumped,

    /// <summary>The start came so long after the last commit that an operator must confirm the clock.</summary>
    Unconfirmed,
}
