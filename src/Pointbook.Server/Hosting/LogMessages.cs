namespace Pointbook.Server.Hosting;

/// <summary>All log messages of the server. It owns the event ids from 3000 to 3999, and must never reuse one.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(3000, LogLevel.Information, "Listening on {Address}")]
    public static partial void Listening(ILogger logger, string address);

    [LoggerMessage(3001, LogLevel.Information, "Try it: {Command}")]
    public static partial void TryIt(ILogger logger, string command);

    [LoggerMessage(3002, LogLevel.Information, "Stopping. The server first finishes the requests that it has accepted")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(3003, LogLevel.Information, "The data is stored in {Place}")]
    public static partial void DataPlace(ILogger logger, string place);

    [LoggerMessage(3020, LogLevel.Warning, "A feed can't read the journal of partition {Partition}. The server retries until it succeeds")]
    public static partial void FeedFailed(ILogger logger, Exception exception, int partition);

    [LoggerMessage(3004, LogLevel.Warning, "{Address} is not encrypted, and clients send credentials over it. Put a proxy that terminates TLS in front of it, or listen on https")]
    public static partial void NotEncrypted(ILogger logger, string address);

    [LoggerMessage(3005, LogLevel.Warning, "Cors:Origins has no effect in protected mode. The server accepts requests from other origins after the first API key was created")]
    public static partial void CorsWaits(ILogger logger);

    [LoggerMessage(3030, LogLevel.Information, "Refused with {Status} {Code}: {Method} {Path} by {Actor} at {Address}")]
    public static partial void RequestRefused(ILogger logger, int status, string code, string method, string path, string actor, string address);

    [LoggerMessage(3031, LogLevel.Error, "The server can't read the API keys. After Keys:AgeMax, it refuses requests with API keys until it can")]
    public static partial void KeysUnreadable(ILogger logger, Exception exception);

    [LoggerMessage(3032, LogLevel.Information, "The server rejected a token: {Reason}")]
    public static partial void TokenNotTaken(ILogger logger, string reason);

    [LoggerMessage(3033, LogLevel.Error, "The server can't fetch the signing keys of Jwt:Authority")]
    public static partial void AuthorityUnavailable(ILogger logger, Exception exception);

    [LoggerMessage(3034, LogLevel.Information, "{Actor} created the API key {Name} ({Id}) for {Scopes} on {Accounts}, valid until {End}")]
    public static partial void KeyCreated(ILogger logger, string actor, string name, string id, string scopes, string accounts, string end);

    [LoggerMessage(3035, LogLevel.Information, "{Actor} revoked the API key {Name} ({Id})")]
    public static partial void KeyRevoked(ILogger logger, string actor, string name, string id);

    [LoggerMessage(3036, LogLevel.Warning, "The server could not mark the ledger as secured. It retries until it succeeds")]
    public static partial void KeysNotRemembered(ILogger logger, Exception exception);

    [LoggerMessage(3039, LogLevel.Information, "The ledger is now marked as secured")]
    public static partial void KeysRemembered(ILogger logger);

    [LoggerMessage(3037, LogLevel.Information, "Refused {Count} items with {Status} {Code}: {Method} {Path} by {Actor} at {Address}")]
    public static partial void ItemsRefused(ILogger logger, int count, int status, string code, string method, string path, string actor, string address);

    [LoggerMessage(3038, LogLevel.Information, "Ended with {Status} {Code}: {Method} {Path} by {Actor} at {Address}")]
    public static partial void RequestEnded(ILogger logger, int status, string code, string method, string path, string actor, string address);

    [LoggerMessage(3041, LogLevel.Critical, "The server could not stop in an orderly way. All acknowledged writes are durable, and the next start continues from them")]
    public static partial void StopFailed(ILogger logger, Exception exception);

    [LoggerMessage(3050, LogLevel.Warning, "{Actor} confirmed the clock: {Now}")]
    public static partial void ClockConfirmed(ILogger logger, string actor, string now);

    [LoggerMessage(3051, LogLevel.Information, "{Actor} set the test clock to {Now}")]
    public static partial void TestClockSet(ILogger logger, string actor, string now);

    [LoggerMessage(3052, LogLevel.Warning, "The server runs on a test clock (Testing:Clock), which POST /v1/test/clock sets. Don't use this store for real points")]
    public static partial void TestClockUsed(ILogger logger);

    [LoggerMessage(3010, LogLevel.Error, "A {Method} request failed ({TraceId})")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, string traceId);
}
