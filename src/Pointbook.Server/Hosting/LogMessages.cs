namespace Pointbook.Server.Hosting;

/// <summary>Everything the server logs. Event ids from 1000; they never change.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1000, LogLevel.Information, "Listening on {Address}")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(1001, LogLevel.Information, "Try it: {Command}")]
    public static partial void TryIt(ILogger logger, string command);

    [LoggerMessage(1002, LogLevel.Information, "Stopping: what was accepted is finished first")]
    public static partial void Stopping(ILogger logger);


    [LoggerMessage(1010, LogLevel.Error, "A {Method} request failed ({TraceId})")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, string traceId);
}
