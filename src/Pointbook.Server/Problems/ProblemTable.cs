using Pointbook.Contracts;
using Pointbook.Ledger.Commands;

namespace Pointbook.Server.Problems;

/// <summary>Every problem there is: code, status, title and retry advice stand here and nowhere else.</summary>
internal static class ProblemTable
{
    // What is wrong with the request as such.
    public static readonly ProblemKind BadRequest = Bad("bad_request", "The request is not valid HTTP.");
    public static readonly ProblemKind EmptyBody = Bad("empty_body", "The request has no body.");
    public static readonly ProblemKind MalformedJson = Bad("malformed_json", "The body is not valid JSON.");
    public static readonly ProblemKind UnknownMember = Bad("unknown_member", "The body has a member that is not known here.");
    public static readonly ProblemKind DuplicateMember = Bad("duplicate_member", "The body has a member twice.");
    public static readonly ProblemKind MissingMember = Bad("missing_member", "The body lacks a member.");
    public static readonly ProblemKind WrongType = Bad("wrong_type", "A value is of the wrong JSON type.");
    public static readonly ProblemKind PointsOutOfRange = Bad("points_out_of_range", "A number of points does not fit into 64 bits.");
    public static readonly ProblemKind InvalidPayer = Bad("invalid_payer", "The payer is not a valid name.");
    public static readonly ProblemKind InvalidTimestamp = Bad("invalid_timestamp", "A timestamp is not valid RFC 3339.");
    public static readonly ProblemKind InvalidAccount = Bad("invalid_account", "An account is not valid.");
    public static readonly ProblemKind InvalidIdempotencyKey = Bad("invalid_idempotency_key", "The Idempotency-Key is not valid.");
    public static readonly ProblemKind InvalidText = Bad("invalid_text", "A text is not valid.");
    public static readonly ProblemKind InvalidDuration = Bad("invalid_duration", "A duration is not valid ISO 8601, or too short or long.");
    public static readonly ProblemKind UnknownParameter = Bad("unknown_parameter", "The query has a parameter that is not known here.");
    public static readonly ProblemKind InvalidParameter = Bad("invalid_parameter", "A parameter of the query is not valid.");
    public static readonly ProblemKind InvalidCursor = Bad("invalid_cursor", "The cursor does not belong to this list.");
    public static readonly ProblemKind NoItems = Bad("no_items", "The array is empty.");
    public static readonly ProblemKind LineTooLong = Bad("line_too_long", "A line of an import is too long.");
    public static readonly ProblemKind InvalidKeyName = Bad("invalid_key_name", "The name of a key is not valid.");
    public static readonly ProblemKind InvalidScope = Bad("invalid_scope", "A scope is not known, is missing, or does not go with account limits.");

    // Who may not do it.
    public static readonly ProblemKind ProtectedMode = Change("protected_mode", 403, "Protected mode serves only direct requests from this machine.");
    public static readonly ProblemKind MissingKey = Change("missing_key", 401, "The request has no credentials.");
    public static readonly ProblemKind InvalidKey = Change("invalid_key", 401, "The API key is invalid.");
    public static readonly ProblemKind ExpiredKey = Change("expired_key", 401, "The API key has expired.");
    public static readonly ProblemKind InvalidToken = Change("invalid_token", 401, "The token is invalid.");
    public static readonly ProblemKind MissingScope = Change("missing_scope", 403, "The credentials lack a scope.");
    public static readonly ProblemKind AccountNotAllowed = Change("account_not_allowed", 403, "The credentials are limited to other accounts.");
    public static readonly ProblemKind KeyHasLimits = Change("key_has_limits", 403, "What concerns all accounts needs credentials without account limits.");
    public static readonly ProblemKind RateLimited = new("rate_limited", 429, "Too many requests in a short time.", RetryAdvice.Later, 1);
    public static readonly ProblemKind KeysUnavailable = Wait("keys_unavailable", "Who may do what cannot be looked up.", seconds: 1);
    public static readonly ProblemKind TimedOut = new("timed_out", 503, "The request took too long.", RetryAdvice.SameKey, 1);
    public static readonly ProblemKind KeyNotFound = Change("key_not_found", 404, "There is no such key.");
    public static readonly ProblemKind KeyNameTaken = Change("key_name_taken", 409, "A key that is not revoked has this name.");
    public static readonly ProblemKind TooManyKeys = Change("too_many_keys", 409, "There are as many keys as there may be.");

    public static readonly ProblemKind ClockNotConfirmed = Change("clock_not_confirmed", 409, "The server's clock shows another time.");
    public static readonly ProblemKind ClockNotSet = Change("clock_not_set", 422, "The test clock can't show this time.");

    // What else is wrong with the request as such.
    public static readonly ProblemKind NotFound = Change("not_found", 404, "Nothing is served at this path.");
    public static readonly ProblemKind MethodNotAllowed = Change("method_not_allowed", 405, "The path does not take this method.");
    public static readonly ProblemKind NotAcceptable = Change("not_acceptable", 406, "There is no representation that the request accepts.");
    public static readonly ProblemKind RequestTimeout = new("request_timeout", 408, "The request arrived too slowly.", RetryAdvice.Later);
    public static readonly ProblemKind BodyTooLarge = Change("body_too_large", 413, "The body is too large.");
    public static readonly ProblemKind TooManyItems = Change("too_many_items", 413, "The array has too many items.");
    public static readonly ProblemKind TooManyRefused = Change("too_many_refused", 422, "Too many lines of an import were refused.");
    public static readonly ProblemKind UnsupportedMediaType = Change("unsupported_media_type", 415, "The body is not declared as JSON.");
    public static readonly ProblemKind InternalError = new("internal_error", 500, "The server failed.", RetryAdvice.SameKey);
    public static readonly ProblemKind NotReady = Wait("not_ready", "The server is not ready.", seconds: 1);

    // What the ledger refuses.
    public static readonly ProblemKind ZeroPoints =
        Change("zero_points", 400, "A transaction of zero points.", RefusalCode.ZeroPoints);
    public static readonly ProblemKind PointsNotPositive =
        Change("points_not_positive", 400, "A spend of less than one point.", RefusalCode.PointsNotPositive);
    public static readonly ProblemKind TimestampInFuture =
        Change("timestamp_in_future", 422, "The timestamp is too far in the future.", RefusalCode.TimestampInFuture);
    public static readonly ProblemKind InvalidExpiry =
        Change("invalid_expiry", 400, "An expiry that is too early, or on a deduction.", RefusalCode.InvalidExpiry);
    public static readonly ProblemKind TransactionNotFound =
        Change("transaction_not_found", 404, "There is no such transaction in the account.", RefusalCode.OperationNotFound);
    public static readonly ProblemKind SpendNotFound = Change("spend_not_found", 404, "There is no such spend in the account.");
    public static readonly ProblemKind FlushNotFound = Change("flush_not_found", 404, "There is no such flush in the account.");
    public static readonly ProblemKind AlreadyReversed =
        Change("already_reversed", 409, "The spend was reversed already.", RefusalCode.AlreadyReversed);
    public static readonly ProblemKind AlreadyCaptured =
        Change("already_captured", 409, "The spend was captured already.", RefusalCode.AlreadyCaptured);
    public static readonly ProblemKind NotPending =
        Change("not_pending", 409, "The spend was final from the beginning.", RefusalCode.NotPending);
    public static readonly ProblemKind AccountFlushed =
        Change("account_flushed", 409, "The account was flushed after the spend.", RefusalCode.AccountFlushed);
    public static readonly ProblemKind AccountMovedOn =
        Change("account_moved_on", 409, "It is not the latest flush, or the account was used since.", RefusalCode.AccountMovedOn);
    public static readonly ProblemKind KnownAtInFuture =
        Change("known_at_in_future", 422, "Nobody knows yet what will be known then.", RefusalCode.KnownAtInFuture);
    public static readonly ProblemKind PeriodOpen =
        Change("period_open", 422, "The statement's last day is not closed.", RefusalCode.PeriodOpen);
    public static readonly ProblemKind InsufficientPayerPoints =
        Arrive("insufficient_payer_points", "The payer has fewer points than are deducted.", RefusalCode.InsufficientPayerPoints);
    public static readonly ProblemKind InsufficientPoints =
        Arrive("insufficient_points", "The account has fewer points than are spent.", RefusalCode.InsufficientPoints);
    public static readonly ProblemKind PointsOverflow =
        Change("points_overflow", 422, "A sum of points would not fit into 64 bits.", RefusalCode.PointsOverflow);
    public static readonly ProblemKind IdempotencyMismatch =
        Change("idempotency_mismatch", 422, "The Idempotency-Key was used for a different request.", RefusalCode.IdempotencyMismatch);
    public static readonly ProblemKind Overloaded =
        Wait("overloaded", "Too many requests are waiting, or other processes kept writing first.", seconds: 1, RefusalCode.Overloaded);
    public static readonly ProblemKind ProjectionBehind =
        Wait("projection_behind", "The projection has to catch up first.", seconds: 1, RefusalCode.ProjectionBehind);
    public static readonly ProblemKind StorageUnavailable =
        Wait("storage_unavailable", "The store failed.", seconds: 5, RefusalCode.StorageUnavailable);
    public static readonly ProblemKind JournalDamaged =
        new("journal_damaged", 503, "The journal does not hold what was committed.", RetryAdvice.AfterOperator, Refusal: RefusalCode.JournalDamaged);
    public static readonly ProblemKind AccountDamaged =
        Wait("account_damaged", "The stored rows of the account are damaged.", seconds: 5, RefusalCode.AccountDamaged);
    public static readonly ProblemKind ClockDisagrees =
        Wait("clock_disagrees", "The server's clock and the store's disagree.", seconds: 5, RefusalCode.ClockDisagrees);
    public static readonly ProblemKind ClockUnreliable =
        Wait("clock_unreliable", "The server's clock is not credible.", seconds: 5, RefusalCode.ClockUnreliable);
    public static readonly ProblemKind OutcomeUnknown =
        new("outcome_unknown", 503, "Whether the request was carried out is not known.", RetryAdvice.SameKey, 1, RefusalCode.OutcomeUnknown);
    public static readonly ProblemKind ShuttingDown =
        Wait("shutting_down", "The server is stopping.", seconds: 5, RefusalCode.ShuttingDown);

    /// <summary>Every row, once.</summary>
    public static IReadOnlyList<ProblemKind> All { get; } =
    [
        BadRequest, EmptyBody, MalformedJson, UnknownMember, DuplicateMember, MissingMember, WrongType, PointsOutOfRange, InvalidPayer,
        InvalidTimestamp, InvalidAccount, InvalidIdempotencyKey, InvalidText, InvalidDuration, UnknownParameter, InvalidParameter,
        InvalidCursor, InvalidKeyName, InvalidScope, ProtectedMode, MissingKey, InvalidKey, ExpiredKey, InvalidToken, MissingScope,
        AccountNotAllowed, KeyHasLimits, RateLimited, KeysUnavailable, TimedOut, KeyNotFound, KeyNameTaken, TooManyKeys, ClockNotConfirmed, ClockNotSet, NotFound, MethodNotAllowed, NotAcceptable, RequestTimeout, BodyTooLarge, UnsupportedMediaType,
        InternalError, NotReady, ZeroPoints, PointsNotPositive, TimestampInFuture, InvalidExpiry, TransactionNotFound, SpendNotFound,
        FlushNotFound, AlreadyReversed, AlreadyCaptured, NotPending, AccountFlushed, AccountMovedOn, KnownAtInFuture, PeriodOpen,
        InsufficientPayerPoints, InsufficientPoints, PointsOverflow, IdempotencyMismatch, Overloaded, ProjectionBehind,
        StorageUnavailable, JournalDamaged, AccountDamaged, ClockDisagrees, ClockUnreliable, OutcomeUnknown, ShuttingDown, NoItems, LineTooLong, TooManyItems, TooManyRefused,
    ];

    private static readonly Dictionary<RefusalCode, ProblemKind> ByRefusal =
        All.Where(kind => kind.Refusal is not null).ToDictionary(kind => kind.Refusal!.Value);

    /// <summary>The row of a refusal.</summary>
    public static ProblemKind Of(RefusalCode code) => ByRefusal[code];

    /// <summary>The row for a reply that has a status and nothing else: from routing, or from Kestrel while the body was read.</summary>
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
