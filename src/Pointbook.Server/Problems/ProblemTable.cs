using Pointbook.Contracts;
using Pointbook.Ledger.Commands;

namespace Pointbook.Server.Problems;

/// <summary>The table of all problems. Code, status, title and retry advice are defined only here.</summary>
internal static class ProblemTable
{
    // Problems of the request itself.
    public static readonly ProblemKind BadRequest = Bad("bad_request", "The request is not valid HTTP.");
    public static readonly ProblemKind EmptyBody = Bad("empty_body", "The request body is missing.");
    public static readonly ProblemKind MalformedJson = Bad("malformed_json", "The request body is not valid JSON.");
    public static readonly ProblemKind UnknownMember = Bad("unknown_member", "The request body contains an unknown member.");
    public static readonly ProblemKind DuplicateMember = Bad("duplicate_member", "The request body contains a member more than once.");
    public static readonly ProblemKind MissingMember = Bad("missing_member", "The request body lacks a required member.");
    public static readonly ProblemKind WrongType = Bad("wrong_type", "A JSON value has the wrong type.");
    public static readonly ProblemKind PointsOutOfRange = Bad("points_out_of_range", "A number of points does not fit in a signed 64-bit integer.");
    public static readonly ProblemKind InvalidPayer = Bad("invalid_payer", "The payer name is invalid.");
    public static readonly ProblemKind InvalidTimestamp = Bad("invalid_timestamp", "A timestamp is invalid or out of range.");
    public static readonly ProblemKind InvalidAccount = Bad("invalid_account", "An account key is invalid.");
    public static readonly ProblemKind InvalidIdempotencyKey = Bad("invalid_idempotency_key", "The idempotency key is invalid.");
    public static readonly ProblemKind InvalidText = Bad("invalid_text", "A text is empty, too long, or contains an invalid character.");
    public static readonly ProblemKind InvalidDuration = Bad("invalid_duration", "A duration is not valid ISO 8601, or is out of range.");
    public static readonly ProblemKind UnknownParameter = Bad("unknown_parameter", "The query contains an unknown parameter.");
    public static readonly ProblemKind InvalidParameter = Bad("invalid_parameter", "A query parameter is invalid.");
    public static readonly ProblemKind InvalidCursor = Bad("invalid_cursor", "The cursor is not valid for this list.");
    public static readonly ProblemKind NoItems = Bad("no_items", "The array contains no items.");
    public static readonly ProblemKind LineTooLong = Bad("line_too_long", "A line of the import is too long.");
    public static readonly ProblemKind InvalidKeyName = Bad("invalid_key_name", "The name of the API key is invalid.");
    public static readonly ProblemKind InvalidScope = Bad("invalid_scope", "A scope is unknown, missing, or not allowed with account limits.");

    // Problems of access.
    public static readonly ProblemKind ProtectedMode = Change("protected_mode", 403, "In protected mode, the server accepts only direct requests from its own machine.");
    public static readonly ProblemKind MissingKey = Change("missing_key", 401, "The request has no credentials.");
    public static readonly ProblemKind InvalidKey = Change("invalid_key", 401, "The API key is invalid.");
    public static readonly ProblemKind ExpiredKey = Change("expired_key", 401, "The API key has expired.");
    public static readonly ProblemKind InvalidToken = Change("invalid_token", 401, "The token is invalid.");
    public static readonly ProblemKind MissingScope = Change("missing_scope", 403, "The credentials lack a required scope.");
    public static readonly ProblemKind AccountNotAllowed = Change("account_not_allowed", 403, "The credentials don't grant access to this account.");
    public static readonly ProblemKind KeyHasLimits = Change("key_has_limits", 403, "This endpoint requires credentials that aren't restricted to specific accounts.");
    public static readonly ProblemKind RateLimited = new("rate_limited", 429, "Too many requests in a short time.", RetryAdvice.Later, 1);
    public static readonly ProblemKind KeysUnavailable = Wait("keys_unavailable", "The API keys or the token issuer's signing keys are unavailable.", seconds: 1);
    public static readonly ProblemKind TimedOut = new("timed_out", 503, "The request timed out.", RetryAdvice.SameKey, 1);
    public static readonly ProblemKind KeyNotFound = Change("key_not_found", 404, "The API key does not exist.");
    public static readonly ProblemKind KeyNameTaken = Change("key_name_taken", 409, "An API key with this name exists and isn't revoked.");
    public static readonly ProblemKind TooManyKeys = Change("too_many_keys", 409, "The maximum number of API keys is reached.");

    public static readonly ProblemKind ClockNotConfirmed = Change("clock_not_confirmed", 409, "The confirmed time differs from the server's clock.");
    public static readonly ProblemKind ClockNotSet = Change("clock_not_set", 422, "The test clock can't be set to this time.");

    // Further problems of the request itself.
    public static readonly ProblemKind NotFound = Change("not_found", 404, "No resource exists at this path.");
    public static readonly ProblemKind MethodNotAllowed = Change("method_not_allowed", 405, "The path does not support this method.");
    public static readonly ProblemKind NotAcceptable = Change("not_acceptable", 406, "The server can't produce a media type that the request accepts.");
    public static readonly ProblemKind RequestTimeout = new("request_timeout", 408, "The request arrived too slowly.", RetryAdvice.Later);
    public static readonly ProblemKind BodyTooLarge = Change("body_too_large", 413, "The request body is too large.");
    public static readonly ProblemKind TooManyItems = Change("too_many_items", 413, "The array contains too many items.");
    public static readonly ProblemKind TooManyRefused = Change("too_many_refused", 422, "Too many lines of the import were refused.");
    public static readonly ProblemKind UnsupportedMediaType = Change("unsupported_media_type", 415, "The media type or encoding of the request body is not supported.");
    public static readonly ProblemKind InternalError = new("internal_error", 500, "The server encountered an internal error.", RetryAdvice.SameKey);
    public static readonly ProblemKind NotReady = Wait("not_ready", "The server is not ready.", seconds: 1);

    // Refusals of the ledger.
    public static readonly ProblemKind ZeroPoints =
        Change("zero_points", 400, "A transaction must not have zero points.", RefusalCode.ZeroPoints);
    public static readonly ProblemKind PointsNotPositive =
        Change("points_not_positive", 400, "A spend must have at least one point.", RefusalCode.PointsNotPositive);
    public static readonly ProblemKind TimestampInFuture =
        Change("timestamp_in_future", 422, "The timestamp is too far in the future.", RefusalCode.TimestampInFuture);
    public static readonly ProblemKind InvalidExpiry =
        Change("invalid_expiry", 400, "The expiry is not later than the timestamp, or the transaction is a deduction.", RefusalCode.InvalidExpiry);
    public static readonly ProblemKind AccountNotFound =
        Change("account_not_found", 404, "The account does not exist, or it was erased.", RefusalCode.AccountNotFound);
    public static readonly ProblemKind AccountNotEmpty =
        Change("account_not_empty", 409, "The account is not empty.", RefusalCode.AccountNotEmpty);
    public static readonly ProblemKind TransactionNotFound =
        Change("transaction_not_found", 404, "The account has no transaction with this id.", RefusalCode.OperationNotFound);
    public static readonly ProblemKind SpendNotFound = Change("spend_not_found", 404, "The account has no spend with this id.");
    public static readonly ProblemKind FlushNotFound = Change("flush_not_found", 404, "The account has no flush with this id.");
    public static readonly ProblemKind AlreadyReversed =
        Change("already_reversed", 409, "The spend was already reversed.", RefusalCode.AlreadyReversed);
    public static readonly ProblemKind AlreadyCaptured =
        Change("already_captured", 409, "The spend was already captured.", RefusalCode.AlreadyCaptured);
    public static readonly ProblemKind NotPending =
        Change("not_pending", 409, "The spend was created without a hold.", RefusalCode.NotPending);
    public static readonly ProblemKind AccountFlushed =
        Change("account_flushed", 409, "The account was flushed after the spend.", RefusalCode.AccountFlushed);
    public static readonly ProblemKind AccountMovedOn =
        Change("account_moved_on", 409, "The flush isn't the latest one, or the account has changed since.", RefusalCode.AccountMovedOn);
    public static readonly ProblemKind KnownAtInFuture =
        Change("known_at_in_future", 422, "`knownAt` can't be in the future.", RefusalCode.KnownAtInFuture);
    public static readonly ProblemKind PeriodOpen =
        Change("period_open", 422, "The last day of the statement is not closed yet.", RefusalCode.PeriodOpen);
    public static readonly ProblemKind InsufficientPayerPoints =
        Arrive("insufficient_payer_points", "The payer has too few points for the deduction.", RefusalCode.InsufficientPayerPoints);
    public static readonly ProblemKind InsufficientPoints =
        Arrive("insufficient_points", "The account has too few points for the spend.", RefusalCode.InsufficientPoints);
    public static readonly ProblemKind PointsOverflow =
        Change("points_overflow", 422, "A sum of points would not fit in a signed 64-bit integer.", RefusalCode.PointsOverflow);
    public static readonly ProblemKind IdempotencyMismatch =
        Change("idempotency_mismatch", 422, "The idempotency key was already used for a different request.", RefusalCode.IdempotencyMismatch);
    public static readonly ProblemKind Overloaded =
        Wait("overloaded", "Too many requests are waiting, or other processes kept writing first.", seconds: 1, RefusalCode.Overloaded);
    public static readonly ProblemKind CatchingUp =
        Wait("catching_up", "The server's derived tables must first catch up with the journal.", seconds: 1, RefusalCode.CatchingUp);
    public static readonly ProblemKind StorageUnavailable =
        Wait("storage_unavailable", "The store is unavailable.", seconds: 5, RefusalCode.StorageUnavailable);
    public static readonly ProblemKind JournalDamaged =
        new("journal_damaged", 503, "The journal is damaged.", RetryAdvice.AfterOperator, Refusal: RefusalCode.JournalDamaged);
    public static readonly ProblemKind AccountDamaged =
        Wait("account_damaged", "The stored data of the account is damaged.", seconds: 5, RefusalCode.AccountDamaged);
    public static readonly ProblemKind ClockDisagrees =
        Wait("clock_disagrees", "The server's clock and the store's clock disagree.", seconds: 5, RefusalCode.ClockDisagrees);
    public static readonly ProblemKind ClockUnreliable =
        Wait("clock_unreliable", "The server's clock is unreliable.", seconds: 5, RefusalCode.ClockUnreliable);
    public static readonly ProblemKind OutcomeUnknown =
        new("outcome_unknown", 503, "The outcome of the request is unknown.", RetryAdvice.SameKey, 1, RefusalCode.OutcomeUnknown);
    public static readonly ProblemKind ShuttingDown =
        Wait("shutting_down", "The server is shutting down.", seconds: 5, RefusalCode.ShuttingDown);

    /// <summary>All rows.</summary>
    public static IReadOnlyList<ProblemKind> All { get; } =
    [
        BadRequest, EmptyBody, MalformedJson, UnknownMember, DuplicateMember, MissingMember, WrongType, PointsOutOfRange, InvalidPayer,
        InvalidTimestamp, InvalidAccount, InvalidIdempotencyKey, InvalidText, InvalidDuration, UnknownParameter, InvalidParameter,
        InvalidCursor, InvalidKeyName, InvalidScope, ProtectedMode, MissingKey, InvalidKey, ExpiredKey, InvalidToken, MissingScope,
        AccountNotAllowed, KeyHasLimits, RateLimited, KeysUnavailable, TimedOut, KeyNotFound, KeyNameTaken, TooManyKeys, ClockNotConfirmed, ClockNotSet, NotFound, MethodNotAllowed, NotAcceptable, RequestTimeout, BodyTooLarge, UnsupportedMediaType,
        InternalError, NotReady, ZeroPoints, PointsNotPositive, TimestampInFuture, InvalidExpiry, AccountNotFound, AccountNotEmpty, TransactionNotFound, SpendNotFound,
        FlushNotFound, AlreadyReversed, AlreadyCaptured, NotPending, AccountFlushed, AccountMovedOn, KnownAtInFuture, PeriodOpen,
        InsufficientPayerPoints, InsufficientPoints, PointsOverflow, IdempotencyMismatch, Overloaded, CatchingUp,
        StorageUnavailable, JournalDamaged, AccountDamaged, ClockDisagrees, ClockUnreliable, OutcomeUnknown, ShuttingDown, NoItems, LineTooLong, TooManyItems, TooManyRefused,
    ];

    private static readonly Dictionary<RefusalCode, ProblemKind> ByRefusal =
        All.Where(kind => kind.Refusal is not null).ToDictionary(kind => kind.Refusal!.Value);

    /// <summary>The row of a refusal.</summary>
    public static ProblemKind Of(RefusalCode code) => ByRefusal[code];

    /// <summary>The row for a reply that has only a status: from routing, or from Kestrel while it reads the body.</summary>
    public static ProblemKind OfStatus(int status) => status switch
    {
        StatusCodes.Status404NotFound => NotFound,
        StatusCodes.Status405MethodNotAllowed => MethodNotAllowed,
        StatusCodes.Status408RequestTimeout => RequestTimeout,
        StatusCodes.Status413PayloadTooLarge => BodyTooLarge,
        StatusCodes.Status415UnsupportedMediaType => UnsupportedMediaType,
        >= StatusCodes.Status500InternalServerError => InternalError,
        _ => BadRequest,
    };

    private static ProblemKind Bad(string code, string title) => Change(code, StatusCodes.Status400BadRequest, title);

    private static ProblemKind Change(string code, int status, string title, RefusalCode? refusal = null) =>
        new(code, status, title, RetryAdvice.AfterCorrection, Refusal: refusal);

    private static ProblemKind Arrive(string code, string title, RefusalCode refusal) =>
        new(code, StatusCodes.Status422UnprocessableEntity, title, RetryAdvice.WhenPointsArrive, Refusal: refusal);

    private static ProblemKind Wait(string code, string title, int seconds, RefusalCode? refusal = null) =>
        new(code, StatusCodes.Status503ServiceUnavailable, title, RetryAdvice.Later, seconds, refusal);
}
