namespace Pointbook.Server.Hosting;

/// <summary>Everything the server logs. Event ids from 3000 to 3999 are its own and are never used again for something else.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(3000, LogLevel.Information, "Listening on {Address}")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(3001, LogLevel.Information, "Try it: {Command}")]
    public static partial void TryIt(ILogger logger, string command);

    [LoggerMessage(3002, LogLevel.Information, "Stopping: what was accepted is finished first")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(3003, LogLevel.Information, "The data is in {Place}")]
    public static partial void DataPlace(ILogger logger, string place);

    [LoggerMessage(3020, LogLevel.Warning, "A feed cannot read the journal of partition {Partition}; it tries again until it can")]
    public static partial void FeedFailed(ILogger logger, Exception exception, int partition);

    [LoggerMessage(3010, LogLevel.Error, "A {Method} request failed ({TraceId})")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, string traceId);
}
