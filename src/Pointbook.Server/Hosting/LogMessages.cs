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

    [LoggerMessage(3004, LogLevel.Warning, "{Address} is not encrypted, and keys travel over it: put a proxy that ends TLS in front of it, or listen on https")]
    public static partial void NotEncrypted(ILogger logger, string address);

    [LoggerMessage(3005, LogLevel.Warning, "Cors:Origins does nothing yet: pages of other origins are served once there is a key")]
    public static partial void CorsWaits(ILogger logger);

    [LoggerMessage(3030, LogLevel.Information, "Refused with {Status} {Code}: {Method} {Path} of {Actor} at {Address}")]
    public static partial void RequestRefused(ILogger logger, int status, string code, string method, string path, string actor, string address);

    [LoggerMessage(3031, LogLevel.Error, "The keys cannot be read; nobody is served until they can be")]
    public static partial void KeysUnreadable(ILogger logger, Exception exception);

    [LoggerMessage(3032, LogLevel.Information, "A token was not taken: {Reason}")]
    public static partial void TokenNotTaken(ILogger logger, string reason);

    [LoggerMessage(3033, LogLevel.Error, "The authority that signs tokens cannot be asked for its keys")]
    public static partial void AuthorityUnavailable(ILogger logger, Exception exception);

    [LoggerMessage(3034, LogLevel.Information, "{Actor} created the key {Name} ({Id}) for {Scopes} on {Accounts}, good until {End}")]
    public static partial void KeyCreated(ILogger logger, string actor, string name, string id, string scopes, string accounts, string end);

    [LoggerMessage(3035, LogLevel.Information, "{Actor} revoked the key {Name} ({Id})")]
    public static partial void KeyRevoked(ILogger logger, string actor, string name, string id);

    [LoggerMessage(3036, LogLevel.Warning, "The ledger could not be marked as secured; the server tries again until it is")]
    public static partial void KeysNotRemembered(ILogger logger, Exception exception);

    [LoggerMessage(3039, LogLevel.Information, "The ledger is marked as secured now")]
    public static partial void KeysRemembered(ILogger logger);

    [LoggerMessage(3037, LogLevel.Information, "Refused {Count} items with {Status} {Code}: {Method} {Path} of {Actor} at {Address}")]
    public static partial void ItemsRefused(ILogger logger, int count, int status, string code, string method, string path, string actor, string address);

    [LoggerMessage(3038, LogLevel.Information, "Ended with {Status} {Code}: {Method} {Path} of {Actor} at {Address}")]
    public static partial void RequestEnded(ILogger logger, int status, string code, string method, string path, string actor, string address);

    [LoggerMessage(3041, LogLevel.Critical, "The server could not stop in order; what was acknowledged is durable, and the next start goes on from there")]
    public static partial void StopFailed(ILogger logger, Exception exception);

    [LoggerMessage(3050, LogLevel.Warning, "{Actor} confirmed the clock: {Now}")]
    public static partial void ClockConfirmed(ILogger logger, string actor, string now);

    [LoggerMessage(3051, LogLevel.Information, "{Actor} set the test clock to {Now}")]
    public static partial void TestClockSet(ILogger logger, string actor, string now);

    [LoggerMessage(3052, LogLevel.Warning, "The server runs on a test clock (Testing:Clock), which POST /v1/test/clock sets; no points in this store are real")]
    public static partial void TestClockUsed(ILogger logger);

    [LoggerMessage(3010, LogLevel.Error, "A {Method} request failed ({TraceId})")]
    public static partial void RequestFailed(ILogger logger, Exception exception, string method, string traceId);
}
