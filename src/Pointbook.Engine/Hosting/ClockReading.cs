using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Hosting;

/// <summary>What a <see cref="ClockGuard"/> says of the time, at one moment. Immutable.</summary>
/// <param name="Now">The credible time.</param>
/// <param name="Corrections">How often the clock was corrected or set so far. After a correction the time may be earlier than before.</param>
/// <param name="Fault">Why nothing may be recorded; null if the clock is credible.</param>
public readonly record struct ClockReading(Instant Now, int Corrections, ClockFault? Fault);

/// <summary>Why a clock is not credible.</summary>
public enum ClockFault
{
    /// <summary>It and the uptime of the machine disagree: it jumped.</summary>
    Jumped,

    /// <summary>The start came so long after the last commit that an operator must confirm the clock.</summary>
    Unconfirmed,
}
