using Microsoft.Extensions.Logging;

namespace Pointbook.Storage.Postgres;

/// <summary>All log messages of the PostgreSQL store. Event ids 4000 to 4999 are reserved for it and are never reused.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(4000, LogLevel.Information, "The server created a new store (partitions: {Partitions}, databases: {Databases})")]
    public static partial void StoreCreated(this ILogger logger, int partitions, int databases);

    [LoggerMessage(4001, LogLevel.Error, "The account store of partition {Partition} has rows with an invalid account key. The server skips them, and the next start rebuilds the account store")]
    public static partial void RowsOfNoAccount(this ILogger logger, int partition);

    [LoggerMessage(4002, LogLevel.Information, "The server creates the tables in {Place} and exports the journals to them, starting with the first entry: {Reason}")]
    public static partial void AnalyticsCreated(this ILogger logger, string place, string reason);
}
