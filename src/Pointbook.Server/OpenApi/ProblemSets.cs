using Pointbook.Server.Problems;
using Pointbook.Server.Security;

namespace Pointbook.Server.OpenApi;

/// <summary>Problems that come together, because one part of the server gives them.</summary>
internal static class ProblemSets
{
    /// <summary>What every request may be answered with, whatever it asks for.</summary>
    public static IReadOnlyList<ProblemKind> Always { get; } =
        [ProblemTable.BadRequest, ProblemTable.ProtectedMode, ProblemTable.RateLimited, ProblemTable.TimedOut, ProblemTable.InternalError];

    /// <summary>What may be wrong with credentials, where they are asked for.</summary>
    /// <param name="reach">Which accounts the route touches.</param>
    public static IReadOnlyList<ProblemKind> Access(Reach reach) =>
    [
        ProblemTable.MissingKey, ProblemTable.InvalidKey, ProblemTable.ExpiredKey, ProblemTable.InvalidToken, ProblemTable.MissingScope,
        ProblemTable.KeysUnavailable, reach == Reach.AllAccounts ? ProblemTable.KeyHasLimits : ProblemTable.AccountNotAllowed,
    ];

    /// <summary>What may be wrong with a JSON body, whatever it holds.</summary>
    public static IReadOnlyList<ProblemKind> JsonBody { get; } =
    [
        ProblemTable.EmptyBody, ProblemTable.MalformedJson, ProblemTable.UnknownMember, ProblemTable.DuplicateMember,
        ProblemTable.MissingMember, ProblemTable.WrongType, ProblemTable.RequestTimeout, ProblemTable.BodyTooLarge,
        ProblemTable.UnsupportedMediaType,
    ];

    /// <summary>What may be wrong with an <c>Idempotency-Key</c>.</summary>
    public static IReadOnlyList<ProblemKind> Key { get; } = [ProblemTable.InvalidIdempotencyKey, ProblemTable.IdempotencyMismatch];

    /// <summary>What may keep the ledger from answering a question.</summary>
    public static IReadOnlyList<ProblemKind> Read { get; } =
        [
            ProblemTable.Overloaded, ProblemTable.StorageUnavailable, ProblemTable.JournalDamaged, ProblemTable.AccountDamaged, ProblemTable.OutcomeUnknown,
            ProblemTable.ShuttingDown,
        ];

    /// <summary>What may keep the projection from answering a question.</summary>
    public static IReadOnlyList<ProblemKind> Query { get; } = [.. Read, ProblemTable.ProjectionBehind];

    /// <summary>What may keep the ledger from carrying out a write.</summary>
    public static IReadOnlyList<ProblemKind> Write { get; } = [.. Read, ProblemTable.ProjectionBehind, ProblemTable.ClockDisagrees, ProblemTable.ClockUnreliable];

    /// <summary>What may be wrong with a transaction.</summary>
    public static IReadOnlyList<ProblemKind> Transaction { get; } =
    [
        ProblemTable.PointsOutOfRange, ProblemTable.InvalidPayer, ProblemTable.InvalidTimestamp, ProblemTable.ZeroPoints,
        ProblemTable.TimestampInFuture, ProblemTable.InsufficientPayerPoints, ProblemTable.PointsOverflow,
    ];

    /// <summary>What may be wrong with a spend.</summary>
    public static IReadOnlyList<ProblemKind> Spend { get; } =
        [ProblemTable.PointsOutOfRange, ProblemTable.PointsNotPositive, ProblemTable.InsufficientPoints];

    /// <summary>What may be wrong with the texts of a spend.</summary>
    public static IReadOnlyList<ProblemKind> SpendTexts { get; } = [ProblemTable.InvalidText, ProblemTable.InvalidDuration];

    /// <summary>What may be wrong with the parameters of a query, whatever they are.</summary>
    public static IReadOnlyList<ProblemKind> Parameters { get; } = [ProblemTable.UnknownParameter, ProblemTable.InvalidParameter];
}
