using Microsoft.Extensions.Logging;

namespace Pointbook.Storage.Sqlite;

/// <summary>Everything the embedded store logs. Event ids from 2000 to 2999 are its own and are never used again for something else.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(2000, LogLevel.Warning, "The projection {Path} cannot be read and is rebuilt from the journal")]
    public static partial void ProjectionUnreadable(this ILogger logger, Exception exception, string path);

    [LoggerMessage(2001, LogLevel.Error, "The projection {Path} has rows whose account key is invalid; they are passed over, and the next start rebuilds the projection")]
    public static partial void RowsOfNoAccount(this ILogger logger, string path);
}
