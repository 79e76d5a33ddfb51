using Microsoft.Extensions.Logging;

namespace Pointbook.Engine.Diagnostics;

/// <summary>Logs why a store fails. While it is gone, every request meets the same failure, so each message is logged once a minute at most. Thread-safe.</summary>
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

    /// <summary>A log of reads that failed because the store did.</summary>
    /// <param name="logger">Where to log.</param>
    /// <param name="clock">The clock of the process.</param>
    public static FailureLog OfReads(ILogger logger, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(logger);
        ArgumentNullException.ThrowIfNull(clock);
        return new FailureLog(clock, logger.StoreUnreadable);
    }

    /// <summary>Logs a failure, unless its message was logged lately and nothing has succeeded since.</summary>
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

    /// <summary>Takes note that the store works: the next failure is logged, whatever it is.</summary>
    internal void Forget()
    {
        lock (_lock)
        {
            _told.Clear();
        }
    }
}
