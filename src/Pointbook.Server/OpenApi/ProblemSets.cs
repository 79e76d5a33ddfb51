using Pointbook.Server.Problems;
using Pointbook.Server.Security;

namespace Pointbook.Server.OpenApi;

/// <summary>Sets of problems that occur together, because the same part of the server reports them.</summary>
internal static class ProblemSets
{
    /// <summary>The problems of every request.</summary>
    public static IReadOnlyList<ProblemKind> Always { get; } =
        [ProblemTable.BadRequest, ProblemTable.ProtectedMode, ProblemTable.RateLimited, ProblemTable.TimedOut, ProblemTable.InternalError];

    /// <summary>The problems of credentials, on routes that require them.</summary>
    /// <param name="reach">The accounts that the route covers.</param>
    public static IReadOnlyList<ProblemKind> Access(Reach reach) =>
    [
        ProblemTable.MissingKey, ProblemTable.InvalidKey, ProblemTable.ExpiredKey, ProblemTable.InvalidToken, ProblemTable.MissingScope,
        ProblemTable.KeysUnavailable, reach == Reach.AllAccounts ? ProblemTable.KeyHasLimits : ProblemTable.AccountNotAllowed,
    ];

    /// <summary>The problems of any JSON body.</summary>
    public static IReadOnlyList<ProblemKind> JsonBody { get; } =
    [
        ProblemTable.EmptyBody, ProblemTable.MalformedJson, ProblemTable.UnknownMember, ProblemTable.DuplicateMember,
        ProblemTable.MissingMember, ProblemTable.WrongType, ProblemTable.RequestTimeout, ProblemTable.BodyTooLarge,
        ProblemTable.UnsupportedMediaType,
    ];

    /// <summary>The problems of an <c>Idempotency-Key</c>.</summary>
    public static IReadOnlyList<ProblemKind> Key { get; } = [ProblemTable.InvalidIdempotencyKey, ProblemTable.IdempotencyMismatch];

    /// <summary>The problems that prevent the ledger from answering a read.</summary>
    public static IReadOnlyList<ProblemKind> Read { get; } =
        [
            ProblemTable.Overloaded, ProblemTable.StorageUnavailable, ProblemTable.JournalDamaged, ProblemTable.AccountDamaged, ProblemTable.OutcomeUnknown,
            ProblemTable.ShuttingDown,
        ];

    /// <summary>The problems that prevent the account store from answering a query.</summary>
    public static IReadOnlyList<ProblemKind> Query { get; } = [.. Read, ProblemTable.CatchingUp];

    /// <summary>The problems that prevent the ledger from executing a write.</summary>
    public static IReadOnlyList<ProblemKind> Write { get; } = [.. Read, ProblemTable.CatchingUp, ProblemTable.ClockDisagrees, ProblemTable.ClockUnreliable];

    /// <summary>The problems of a transaction.</summary>
    public static IReadOnlyList<ProblemKind> Transaction { get; } =
    [
        ProblemTable.PointsOutOfRange, ProblemTable.InvalidPayer, ProblemTable.InvalidTimestamp, ProblemTable.ZeroPoints,
        ProblemTable.TimestampInFuture, ProblemTable.InsufficientPayerPoints, ProblemTable.PointsOverflow,
    ];

    /// <summary>The problems of a spend.</summary>
    public static IReadOnlyList<ProblemKind> Spend { get; } =
        [ProblemTable.PointsOutOfRange, ProblemTable.PointsNotPositive, ProblemTable.InsufficientPoints];

    /// <summary>The problems of the texts of a spend.</summary>
    public static IReadOnlyList<ProblemKind> SpendTexts { get; } = [ProblemTable.InvalidText, ProblemTable.InvalidDuration];

    /// <summary>The problems of any query parameters.</summary>
    public static IReadOnlyList<ProblemKind> Parameters { get; } = [ProblemTable.UnknownParameter, ProblemTable.InvalidParameter];
}
