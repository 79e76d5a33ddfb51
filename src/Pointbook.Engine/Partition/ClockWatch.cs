using Microsoft.Extensions.Logging;
using Pointbook.Engine.Diagnostics;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>Says so when the journal is far ahead of the clock, once each time that happens. Owned by the loop.</summary>
/// <remarks>A clock that was wrong for one commit makes every later commit wrong until the right time has come, and nothing else would tell.</remarks>
internal sealed class ClockWatch(TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(1);

    private bool _isAhead;

    /// <summary>Compares the time of the journal's last commit with the clock.</summary>
    public void Look(Instant recordedAt)
    {
        Instant now = Instant.FromDateTimeOffset(clock.GetUtcNow());
        bool isAhead = recordedAt > now.PlusClamped(AheadMax);
        if (isAhead && !_isAhead)
        {
            logger.ClockBehindJournal(recordedAt.ToString(), (recordedAt.UnixMicroseconds - now.UnixMicroseconds) / 1_000_000);
        }

        _isAhead = isAhead;
    }
}
