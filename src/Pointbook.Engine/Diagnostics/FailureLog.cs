using Microsoft.Extensions.Logging;

namespace Pointbook.Engine.Diagnostics;

/// <summary>Logs why a store fails. While it is unavailable, every request fails alike, so each message is logged at most once a minute. Thread-safe.</summary>
public sealed class FailureLog
{
    private const int MessagesMax = 100;
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _told = [];
    private readonly TimeProvider _clock;
    private readonly Action<Exception> _log;

    /// <param name="clock">The clock of the process.</param>
    /// <param name="log">Logs a failure.</param>
    internal FailureLog(TimeProvider clock, Action<Exception> log) => (_clock, _log) = (clock, log);

    /// <summary>A log of reads that failed because of the store.</summary>
    /// <param name="logger">The logger.</param>
    /// <param name="clock">The clock of the process.</param>
    public static FailureLog OfReads(ILogger logger, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(logger);
        ArgumentNullException.ThrowIfNull(clock);
        return new FailureLog(clock, logger.StoreUnreadable);
    }

    /// <summary>Logs a failure, unless its message was logged within the last minute and <see cref="Forget"/> was not called since.</summary>
    public void Tell(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        lock (_lock)
        {
            if (_told.TryGetValue(failure.Message, out long at) && _clock.GetElapsedTime(at) < Silence)
            {
                return;
            }

            if (_told.Count >= MessagesMax)
            {
                _told.Clear();
            }

            _told[failure.Message] = _clock.GetTimestamp();
        }

        _log(failure);
    }

    /// <summary>Records that the store works, so that the next failure is always logged.</summary>
    internal void Forget()
    {
        lock (_lock)
        {
            _told.Clear();
        }
    }
}
