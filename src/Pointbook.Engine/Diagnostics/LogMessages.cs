using Microsoft.Extensions.Logging;

namespace Pointbook.Engine.Diagnostics;

/// <summary>All log messages of the engine. Event ids 1000 to 1999 are reserved for it. An id is never reused for another message.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1000, LogLevel.Critical, "A bug stopped partition {Partition}. The process ends. Start it again")]
    public static partial void StoppedByBug(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(1002, LogLevel.Error, "The server could not append entries {First} to {Last} (outcome unknown: {IsOutcomeUnknown})")]
    public static partial void AppendFailed(this ILogger logger, Exception exception, long first, long last, bool isOutcomeUnknown);

    [LoggerMessage(1003, LogLevel.Error, "The server could not determine whether entries {First} to {Last} were appended")]
    public static partial void SettlingFailed(this ILogger logger, Exception exception, long first, long last);

    [LoggerMessage(1004, LogLevel.Error, "The server could not read the head of the journal")]
    public static partial void HeadUnreadable(this ILogger logger, Exception exception);

    [LoggerMessage(1005, LogLevel.Warning, "The server refuses writes because the account store is {Lag} entries behind the journal")]
    public static partial void AccountStoreBehind(this ILogger logger, long lag);

    [LoggerMessage(1006, LogLevel.Error, "The server could not load accounts. It refuses the commands that waited for them")]
    public static partial void LoadFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1007, LogLevel.Information, "The server can read the head of the journal again: entry {Last}")]
    public static partial void HeadKnownAgain(this ILogger logger, long last);

    [LoggerMessage(1010, LogLevel.Error, "The server could not update the account store. It retries until it succeeds")]
    public static partial void RoundFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1011, LogLevel.Warning, "The account store does not match the journal at entry {Last}. The server rebuilds it (was a backup restored?)")]
    public static partial void AccountStoreMismatch(this ILogger logger, long last);

    [LoggerMessage(1012, LogLevel.Information, "The account store is at entry {Position} of {Head} ({Percent} %)")]
    public static partial void CatchUpProgress(this ILogger logger, long position, long head, int percent);

    [LoggerMessage(1013, LogLevel.Information, "The account store has caught up with the journal at entry {Head}: {Count} entries in {Milliseconds} ms")]
    public static partial void CaughtUp(this ILogger logger, long head, long count, long milliseconds);

    [LoggerMessage(1014, LogLevel.Warning, "The account store is damaged. The server rebuilds it from the journal")]
    public static partial void AccountStoreDamaged(this ILogger logger, Exception exception);

    [LoggerMessage(1015, LogLevel.Warning, "The account store has gone back from entry {Needed} to entry {Position}: another process rebuilds it, and this process helps")]
    public static partial void AccountStoreWentBack(this ILogger logger, long position, long needed);

    [LoggerMessage(1016, LogLevel.Information, "Other processes have written up to entry {End}. This process continues from entry {Position} of the account store instead of reading all entries after {Head}")]
    public static partial void SkippedAhead(this ILogger logger, long end, long position, long head);

    [LoggerMessage(1017, LogLevel.Error, "The server could not read the position of the account store")]
    public static partial void PositionUnreadable(this ILogger logger, Exception exception);

    [LoggerMessage(1018, LogLevel.Warning, "The last commit of the journal was recorded at {RecordedAt}, {Seconds} s ahead of the clock. Nothing is delayed or expires early. Until the clock reaches that time, commits are recorded one microsecond apart")]
    public static partial void ClockBehindJournal(this ILogger logger, string recordedAt, long seconds);

    [LoggerMessage(1019, LogLevel.Information, "The account store is being updated again")]
    public static partial void StoresAgain(this ILogger logger);

    [LoggerMessage(1020, LogLevel.Warning, "The store refuses commits that were decided more than the accepted skew behind its clock. The server's clock is behind, or the process was delayed. Decided at {DecidedAt}")]
    public static partial void CommitsLate(this ILogger logger, string decidedAt);

    [LoggerMessage(1021, LogLevel.Error, "Sweeping failed. Expired points are still neither shown nor spent. A later round sweeps them")]
    public static partial void SweepFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1022, LogLevel.Error, "A read failed because of a bug. Only the client that sent it is affected")]
    public static partial void ReadFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1023, LogLevel.Error, "The server could not delete old idempotency keys. A later round tries again")]
    public static partial void KeysNotForgotten(this ILogger logger, Exception exception);

    [LoggerMessage(1024, LogLevel.Error, "The stored rows of account {Account} are damaged. The server refuses requests for this account until it has rebuilt the rows from the journal. Other accounts are not affected")]
    public static partial void AccountDamaged(this ILogger logger, Exception exception, string account);

    [LoggerMessage(1025, LogLevel.Information, "The stored rows of account {Account} are valid again")]
    public static partial void AccountRepaired(this ILogger logger, string account);

    [LoggerMessage(1026, LogLevel.Error, "The server could not read the store, and refused the requests that needed it with storage_unavailable")]
    public static partial void StoreUnreadable(this ILogger logger, Exception exception);

    [LoggerMessage(1027, LogLevel.Error, "The server can't rebuild the stored rows of account {Account}: {Reason}. It refuses requests for this account until the next start, which rebuilds the account store")]
    public static partial void AccountNotRepaired(this ILogger logger, string account, string reason);

    [LoggerMessage(1028, LogLevel.Information, "The server erased the texts of the account that entry {Opening} opened, as entry {Erasure} requires")]
    public static partial void AccountErased(this ILogger logger, long opening, long erasure);

    [LoggerMessage(1029, LogLevel.Error, "The server could not remove the texts of erased accounts. It tries again")]
    public static partial void ErasureFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1030, LogLevel.Warning, "The store refuses commits that were decided more than the accepted skew ahead of its clock. One of the two clocks is wrong. Decided at {DecidedAt}")]
    public static partial void CommitsEarly(this ILogger logger, string decidedAt);

    [LoggerMessage(1031, LogLevel.Error, "The clock jumped to {Clock}, but by the uptime of the machine it is {Credible}. The server refuses writes with clock_unreliable until the two agree again, or an operator confirms the clock")]
    public static partial void ClockJumped(this ILogger logger, string clock, string credible);

    [LoggerMessage(1032, LogLevel.Information, "The clock is reliable again: {Clock}")]
    public static partial void ClockCredibleAgain(this ILogger logger, string clock);

    [LoggerMessage(1033, LogLevel.Error, "The clock shows {Clock}, more than the accepted gap after the last commit of {DecidedAt}. The server refuses writes with clock_unreliable until an operator confirms the clock")]
    public static partial void ClockUnconfirmed(this ILogger logger, string clock, string decidedAt);

    [LoggerMessage(1060, LogLevel.Error, "The server can't update the analytics tables of partition {Partition}. It retries until it succeeds. The ledger is not affected")]
    public static partial void AnalyticsFailed(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(1061, LogLevel.Information, "The server updates the analytics tables of partition {Partition} again")]
    public static partial void AnalyticsExportedAgain(this ILogger logger, int partition);

    [LoggerMessage(1062, LogLevel.Warning, "The analytics tables of partition {Partition} end at entry {Last} of another journal. The server empties and refills them (was a backup restored?)")]
    public static partial void AnalyticsMismatch(this ILogger logger, int partition, long last);

    [LoggerMessage(1063, LogLevel.Warning, "The analytics tables of partition {Partition} are damaged. The server empties and refills them")]
    public static partial void AnalyticsDamaged(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(1064, LogLevel.Information, "The analytics tables of partition {Partition} have reached entry {Last}")]
    public static partial void AnalyticsProgress(this ILogger logger, int partition, long last);

    [LoggerMessage(1065, LogLevel.Information, "The analytics tables of partition {Partition} contain the whole journal, up to entry {Last} ({Place})")]
    public static partial void AnalyticsCaughtUp(this ILogger logger, int partition, long last, string place);

    [LoggerMessage(1066, LogLevel.Error, "A bug stopped the export of partition {Partition} to the analytics tables until the next start. The ledger is not affected")]
    public static partial void AnalyticsStoppedByBug(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(1067, LogLevel.Warning, "The export to the analytics tables did not stop within {Bound}, and the server no longer waits for it. The next start continues from where the tables are")]
    public static partial void AnalyticsLeftBehind(this ILogger logger, TimeSpan bound);
    [LoggerMessage(1040, LogLevel.Error, "The server could not update the read model. It retries until it succeeds. Only lists of payers and statements need the read model")]
    public static partial void ReadModelFailed(this ILogger logger, Exception exception);

    [LoggerMessage(1041, LogLevel.Information, "The read model is being updated again")]
    public static partial void ReadModelAdvances(this ILogger logger);

    [LoggerMessage(1042, LogLevel.Warning, "The read model does not match the journal at entry {Last}. The server rebuilds it (was a backup restored?)")]
    public static partial void ReadModelMismatch(this ILogger logger, long last);

    [LoggerMessage(1043, LogLevel.Warning, "The read model is damaged. The server builds a new generation from the journal while it runs")]
    public static partial void ReadModelDamaged(this ILogger logger, Exception exception);

    [LoggerMessage(1044, LogLevel.Information, "The server builds generation {Generation} of the read model, from entry 1 to {Head}")]
    public static partial void ReadModelBuildBegun(this ILogger logger, long generation, long head);

    [LoggerMessage(1045, LogLevel.Information, "Generation {Generation} of the read model now answers queries. It is built up to entry {Last}")]
    public static partial void ReadModelBuilt(this ILogger logger, long generation, long last);

    [LoggerMessage(1046, LogLevel.Critical, "A bug stopped the read model of partition {Partition}. The server refuses lists of payers and statements until the next start. Other requests are not affected")]
    public static partial void ReadModelStopped(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(1047, LogLevel.Error, "The server could not build a generation of the read model of partition {Partition}, or delete an old one. It retries until it succeeds. If an old generation exists, it answers queries and follows the journal meanwhile")]
    public static partial void ReadModelBuildFailed(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(1048, LogLevel.Information, "The server builds the read model of partition {Partition} again after failures")]
    public static partial void ReadModelBuildContinues(this ILogger logger, int partition);

    [LoggerMessage(1049, LogLevel.Critical, "A bug stopped the build of the read model of partition {Partition} until the next start. If an old generation exists, it answers queries and follows the journal meanwhile")]
    public static partial void ReadModelBuildStopped(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(
        1070, LogLevel.Error,
        "The directory of accounts of partition {Partition} is damaged: {Damage}. Until the server has rewritten it from the journal, it refuses requests for some accounts without entries")]
    public static partial void DirectoryDamaged(this ILogger logger, int partition, string damage);

    [LoggerMessage(1071, LogLevel.Error, "The list of erasures of partition {Partition} is damaged: {Damage}. The server rewrites it from the journal")]
    public static partial void ErasureListDamaged(this ILogger logger, int partition, string damage);

    [LoggerMessage(1072, LogLevel.Information, "The server has rewritten the directory of partition {Partition} from the journal: {Accounts} accounts in {Milliseconds} ms")]
    public static partial void DirectoryRewritten(this ILogger logger, int partition, long accounts, long milliseconds);

    [LoggerMessage(1074, LogLevel.Information, "The server has rewritten the list of erasures of partition {Partition} from the journal: {Erasures} erasures")]
    public static partial void ErasureListRewritten(this ILogger logger, int partition, int erasures);

    [LoggerMessage(
        1075, LogLevel.Error,
        "The account store is damaged as a whole. The server empties it, and rebuilds it from the journal while it runs. Until then, it serves only accounts in memory")]
    public static partial void AccountStoreEmptied(this ILogger logger, Exception exception);

    [LoggerMessage(
        1076, LogLevel.Information,
        "The server has loaded {Accounts} accounts of partition {Partition} in {Milliseconds} ms, because rows were deleted. {Damaged} of them are damaged, and it rewrites their rows")]
    public static partial void AccountsChecked(this ILogger logger, int partition, long accounts, int damaged, long milliseconds);

    [LoggerMessage(1073, LogLevel.Error, "The server can't rewrite the directory or the list of erasures of partition {Partition}, because the journal is damaged")]
    public static partial void ListsNotRewritten(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(1050, LogLevel.Critical, "The journal of partition {Partition} is damaged at entries {First} to {Last} (commit {Commit}). The server does not serve them. Stop the server and restore a backup that verifies")]
    public static partial void JournalDamaged(this ILogger logger, Exception exception, int partition, string first, string last, string commit);

    [LoggerMessage(1080, LogLevel.Information, "The rebuilt account store listed {Erasures} erasures again. The journal already had none of their texts")]
    public static partial void ErasuresKnown(this ILogger logger, int erasures);
}
