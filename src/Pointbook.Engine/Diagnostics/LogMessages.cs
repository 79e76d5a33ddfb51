using Microsoft.Extensions.Logging;

namespace Pointbook.Engine.Diagnostics;

/// <summary>Everything the engine logs. Event ids from 1000 to 1999 are its own and are never used again for something else.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1000, LogLevel.Critical, "A bug has stopped partition {Partition}; the process ends and must be started again")]
    public static partial void StoppedByBug(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(1002, LogLevel.Error, "Entries {First} to {Last} could not be appended (outcome unknown: {IsOutcomeUnknown})")]
    public static partial void AppendFailed(this ILogger logger, Exception exception, long first, long last, bool isOutcomeUnknown);

    [LoggerMessage(1003, LogLevel.Error, "Whether entries {First} to {Last} were appended could not be looked up")]
    public static partial void SettlingFailed(this ILogger logger, Exception exception, long first, long last);

    [LoggerMessage(1004, LogLevel.Error, "The head of the journal could not be read")]
    public static partial void HeadUnreadable(this ILogger logger, Exception exception);

    [LoggerMessage(1005, LogLevel.Warning, "Writes are refused because the projection is {Lag} entries behind the journal")]
    public static partial void ProjectionBehind(this ILogger logger, long lag);

    [LoggerMessage(1006, LogLevel.Error, "Accounts could not be loaded; the commands that waited for them are refused")]
    public static partial void LoadFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1007, LogLevel.Information, "The end of the journal is known again: entry {Last}")]
    public static partial void HeadKnownAgain(this ILogger logger, long last);

    [LoggerMessage(1010, LogLevel.Error, "A round of the projection failed and is tried again until it succeeds")]
    public static partial void RoundFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1011, LogLevel.Warning, "The projection does not match the journal at entry {Last} and is rebuilt (was a backup restored?)")]
    public static partial void ProjectionMismatch(this ILogger logger, long last);

    [LoggerMessage(1012, LogLevel.Information, "The projection is at entry {Position} of {Head} ({Percent} %)")]
    public static partial void CatchUpProgress(this ILogger logger, long position, long head, int percent);

    [LoggerMessage(1013, LogLevel.Information, "The projection has caught up with the journal at entry {Head}, {Count} entries in {Milliseconds} ms")]
    public static partial void CaughtUp(this ILogger logger, long head, long count, long milliseconds);

    [LoggerMessage(1014, LogLevel.Warning, "The projection is damaged and is rebuilt from the journal")]
    public static partial void ProjectionDamaged(this ILogger logger, Exception exception);

    [LoggerMessage(1015, LogLevel.Warning, "The projection has gone back to entry {Position} and was at {Needed}: somebody else rebuilds it, and this process helps")]
    public static partial void ProjectionWentBack(this ILogger logger, long position, long needed);

    [LoggerMessage(1016, LogLevel.Information, "Others have written up to entry {End}; this process goes on from entry {Position} of the projection instead of reading everything after {Head}")]
    public static partial void SkippedAhead(this ILogger logger, long end, long position, long head);

    [LoggerMessage(1017, LogLevel.Error, "The position of the projection could not be read")]
    public static partial void PositionUnreadable(this ILogger logger, Exception exception);

    [LoggerMessage(1018, LogLevel.Warning, "The journal's last commit was recorded at {RecordedAt}, which is {Seconds} s ahead of the clock; nothing is delayed or expires early, but until the clock gets there, commits are recorded a microsecond apart")]
    public static partial void ClockBehindJournal(this ILogger logger, string recordedAt, long seconds);

    [LoggerMessage(1019, LogLevel.Information, "The projection advances again")]
    public static partial void ProjectsAgain(this ILogger logger);

    [LoggerMessage(1020, LogLevel.Warning, "Commits are refused because they were decided further than the accepted skew behind the store's clock: the server's clock is behind, or the process was held up; decided at {DecidedAt}")]
    public static partial void CommitsLate(this ILogger logger, string decidedAt);

    [LoggerMessage(1021, LogLevel.Error, "Sweeping failed; expired points are still not shown or spent, and a later round sweeps them")]
    public static partial void SweepFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1022, LogLevel.Error, "A read failed because of a bug; only its caller is told, and nothing else is affected")]
    public static partial void ReadFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1023, LogLevel.Error, "Old idempotency keys could not be deleted; a later round tries again")]
    public static partial void KeysNotForgotten(this ILogger logger, Exception exception);

    [LoggerMessage(1024, LogLevel.Error, "The stored rows of account {Account} are damaged; its requests are refused until its rows are written again from the journal, and all other accounts go on")]
    public static partial void AccountDamaged(this ILogger logger, Exception exception, string account);

    [LoggerMessage(1025, LogLevel.Information, "The stored rows of account {Account} are right again")]
    public static partial void AccountRepaired(this ILogger logger, string account);

    [LoggerMessage(1026, LogLevel.Error, "The store could not be read; the requests that needed it were refused with storage_unavailable")]
    public static partial void StoreUnreadable(this ILogger logger, Exception exception);

    [LoggerMessage(1027, LogLevel.Error, "The stored rows of account {Account} can't be written again: {Reason}. Its requests are refused until the next start, which rebuilds the projection")]
    public static partial void AccountNotRepaired(this ILogger logger, string account, string reason);

    [LoggerMessage(1030, LogLevel.Warning, "Commits are refused because they were decided further than the accepted skew ahead of the store's clock: one of the two clocks is wrong; decided at {DecidedAt}")]
    public static partial void CommitsEarly(this ILogger logger, string decidedAt);

    [LoggerMessage(1031, LogLevel.Error, "The clock jumped to {Clock}, and by the uptime of the machine it is {Credible}: writes are refused with clock_unreliable until the two agree again, or an administrator confirms the clock")]
    public static partial void ClockJumped(this ILogger logger, string clock, string credible);

    [LoggerMessage(1032, LogLevel.Information, "The clock is credible again: {Clock}")]
    public static partial void ClockCredibleAgain(this ILogger logger, string clock);

    [LoggerMessage(1033, LogLevel.Error, "The clock shows {Clock}, further than the accepted gap after the last commit of {DecidedAt}: writes are refused with clock_unreliable until an administrator confirms the clock")]
    public static partial void ClockUnconfirmed(this ILogger logger, string clock, string decidedAt);

    [LoggerMessage(1050, LogLevel.Critical, "The journal of partition {Partition} is damaged at entries {First} to {Last} (commit {Commit}), and they are not served; stop the server and restore a backup that verifies")]
    public static partial void JournalDamaged(this ILogger logger, Exception exception, int partition, string first, string last, string commit);
}
