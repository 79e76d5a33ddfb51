using Microsoft.Extensions.Logging;

namespace Pointbook.Storage.Postgres;

/// <summary>Everything the PostgreSQL store logs. Event ids from 4000 to 4999 are its own and are never used again for something else.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(4000, LogLevel.Information, "A new store was created (partitions: {Partitions}, databases: {Databases})")]
    public static partial void StoreCreated(this ILogger logger, int partitions, int databases);

    [LoggerMessage(4001, LogLevel.Error, "The projection of partition {Partition} has rows whose account key is invalid; they are passed over, and the next start rebuilds the projection")]
    public static partial void RowsOfNoAccount(this ILogger logger, int partition);
}
