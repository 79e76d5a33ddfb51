using Microsoft.Extensions.Logging;

namespace Pointbook.Storage.Sqlite;

/// <summary>All log messages of the embedded store. Event ids 2000 to 2999 are reserved for it and are never reused.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(2000, LogLevel.Warning, "The server can't read the account store {Path}. It rebuilds the account store from the journal")]
    public static partial void AccountStoreUnreadable(this ILogger logger, Exception exception, string path);

    [LoggerMessage(2002, LogLevel.Warning, "The server can't use the read model {Path} and deletes it. It builds a new one from the journal while it runs")]
    public static partial void ReadModelUnusable(this ILogger logger, Exception exception, string path);

    [LoggerMessage(2003, LogLevel.Warning, "The server could not delete the old read model {Path}. The next start tries again")]
    public static partial void ReadModelNotDeleted(this ILogger logger, Exception exception, string path);

    [LoggerMessage(2001, LogLevel.Error, "The account store {Path} had {Rows} rows with an invalid account key. The server has deleted them, and looks for the accounts that they belonged to")]
    public static partial void RowsOfNoAccount(this ILogger logger, string path, int rows);

    [LoggerMessage(2004, LogLevel.Information, "The server creates the analytics tables in {Place} and exports the journal to them, starting with the first entry: {Reason}")]
    public static partial void AnalyticsCreated(this ILogger logger, string place, string reason);

    [LoggerMessage(2005, LogLevel.Information, "The server wrote {Path} ({Bytes} bytes) again in {Milliseconds} ms, without copies of erased rows")]
    public static partial void LeftoversRemoved(this ILogger logger, string path, long bytes, long milliseconds);

    [LoggerMessage(
        2006, LogLevel.Warning,
        "{Path} has {Bytes} bytes, more than VacuumBytesMax ({BytesMax}), so unused parts of its pages may still have copies of erased rows. Stop the server, and run VACUUM on the file")]
    public static partial void LeftoversKept(this ILogger logger, string path, long bytes, long bytesMax);

    [LoggerMessage(2007, LogLevel.Error, "Copies of erased rows could not be removed from {Path}. The server tries again")]
    public static partial void LeftoversNotRemoved(this ILogger logger, Exception exception, string path);
}
