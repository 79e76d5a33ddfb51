using Microsoft.Extensions.Logging;

namespace Pointbook.Storage.Postgres;

/// <summary>All log messages of the PostgreSQL store. Event ids 4000 to 4999 are reserved for it and are never reused.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(4000, LogLevel.Information, "The server created a new store (partitions: {Partitions}, databases: {Databases})")]
    public static partial void StoreCreated(this ILogger logger, int partitions, int databases);

    [LoggerMessage(
        4001, LogLevel.Error,
        "The account store of partition {Partition} had {Rows} rows with an invalid account key. The server has deleted them, and looks for the accounts that they belonged to")]
    public static partial void RowsOfNoAccount(this ILogger logger, int partition, int rows);

    [LoggerMessage(4002, LogLevel.Information, "The server creates the tables in {Place} and exports the journals to them, starting with the first entry: {Reason}")]
    public static partial void AnalyticsCreated(this ILogger logger, string place, string reason);

    [LoggerMessage(4003, LogLevel.Information, "The server could not truncate the tables in {Place}, so it deletes their rows, which takes longer: {Reason}")]
    public static partial void AnalyticsNotTruncated(this ILogger logger, string place, string reason);
}
