using Pointbook.Ledger.Commands;

namespace Pointbook.Server.Problems;

/// <summary>Converts the ledger's refusals to replies: a row of the table, and a sentence with the numbers.</summary>
internal static class RefusalReplies
{
    /// <summary>The reply to a refused command or query.</summary>
    public static ProblemReply From(Refusal refusal) => From(refusal, ProblemTable.Of(refusal.Code));

    /// <summary>The reply to a refused command about an earlier operation.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <param name="notFound">The row to use if the operation does not exist.</param>
    public static ProblemReply FromSubject(Refusal refusal, ProblemKind notFound) =>
        From(refusal, refusal.Code == RefusalCode.OperationNotFound ? notFound : ProblemTable.Of(refusal.Code));

    /// <summary>The reply if an operation does not exist.</summary>
    /// <param name="notFound">The row to use.</param>
    public static ProblemReply NotFound(ProblemKind notFound) => From(new Refusal(RefusalCode.OperationNotFound), notFound);

    private static ProblemReply From(Refusal refusal, ProblemKind kind) => new(kind, Detail(refusal), Member(refusal.Code))
    {
        Available = refusal.Available?.Value,
        Requested = refusal.Requested,
        Payer = refusal.Payer?.Value,
    };

    private static string Detail(Refusal refusal) => refusal.Code switch
    {
        RefusalCode.ShuttingDown => "The server is shutting down. Nothing was written. Send the request again after `Retry-After` seconds.",
        RefusalCode.Overloaded =>
            "Too many requests are waiting, or other processes kept writing first. Nothing was written. Send the request again after `Retry-After` seconds.",
        RefusalCode.CatchingUp =>
            "The server's derived tables must first catch up with the journal. Nothing was written. Send the request again after `Retry-After` seconds.",
        RefusalCode.StorageUnavailable => "The store failed. This request wrote nothing, but an earlier one with the same `Idempotency-Key` may have. Send the request again after `Retry-After` seconds.",
        RefusalCode.JournalDamaged =>
            "The stored journal differs from what was committed, and the server refuses to serve the damaged part. Nothing was written. "
            + "Ask the operator to restore the journal from a backup, then send the request again.",
        RefusalCode.AccountDamaged =>
            "The stored data of this account is damaged. Nothing was written. Other accounts are not affected. "
            + "The server rebuilds the data from the journal. Send the request again after `Retry-After` seconds.",
        RefusalCode.ClockDisagrees =>
            "The server's clock and the store's clock disagree, or the server was delayed. Nothing was written. Send the request again after `Retry-After` seconds.",
        RefusalCode.ClockUnreliable =>
            "The server's clock jumped, or an operator must confirm it after a long pause. Nothing was written. Send the request again once `/health/ready` says Ready.",
        RefusalCode.OutcomeUnknown =>
            "The store failed during the write, so the request may have been carried out. "
            + "Send it again with the same `Idempotency-Key`. If it had none, check the balance first.",
        RefusalCode.IdempotencyMismatch =>
            "This `Idempotency-Key` was already used for a different request on this account. Send a unique key with each request.",
        RefusalCode.ZeroPoints => "`points` must not be 0. Send a positive number for a credit or a negative number for a deduction.",
        RefusalCode.PointsNotPositive => "`points` must be at least 1.",
        RefusalCode.TimestampInFuture => $"`timestamp` is too far in the future. The latest accepted timestamp is {refusal.TimestampMax}.",
        RefusalCode.InvalidExpiry =>
            "`expiresAt` must be later than `timestamp`. A deduction must not have it. Send a later `expiresAt` with a credit, or omit it.",
        RefusalCode.AccountNotFound => "No account with this key exists. Check the account key.",
        RefusalCode.AccountNotEmpty => $"The account still has payers, with {refusal.Available} points. Nothing was written. Flush the account, then send the request again.",
        RefusalCode.OperationNotFound => "The account contains nothing with this id. Check the id and the account key.",
        RefusalCode.AlreadyReversed => "The spend was already reversed, by a request or by the end of its hold. Its points were returned. To spend them, send a new spend.",
        RefusalCode.AlreadyCaptured => "The spend was already captured and is final. No further request is needed.",
        RefusalCode.NotPending => "The spend was created without `hold` and is final. Only a spend with a hold can be captured.",
        RefusalCode.AccountFlushed => "The account was flushed after the spend, so the spend is archived. If the account has not changed since the flush, restore the flush first.",
        RefusalCode.AccountMovedOn => "The flush must be the latest one that emptied the account, and the account must not have changed since. Add transactions for the missing points instead.",
        RefusalCode.KnownAtInFuture => "`knownAt` is in the future. Send a past time, or omit it to read the current state.",
        RefusalCode.PeriodOpen => "The day of `to` has not begun yet on every server clock. Send an earlier day, or wait until that day has begun.",
        RefusalCode.InsufficientPayerPoints =>
            $"The payer has {refusal.Available} points in this account, and the deduction needs {refusal.Requested}. Nothing was written. Once the matching credit "
            + "has arrived, send the deduction again, with the same `Idempotency-Key` if it had one.",
        RefusalCode.InsufficientPoints =>
            $"The account has {refusal.Available} points, and the spend needs {refusal.Requested}. Nothing was written. "
            + "Spend at most the available points.",
        RefusalCode.PointsOverflow => "The request would take a sum of this account beyond 9223372036854775807. Nothing was written. Send fewer points.",
        _ => throw new ArgumentException($"The refusal code {refusal.Code} has no text.", nameof(refusal)),
    };

    private static string? Member(RefusalCode code) => code switch
    {
        RefusalCode.ZeroPoints or RefusalCode.PointsNotPositive or RefusalCode.InsufficientPayerPoints or RefusalCode.InsufficientPoints
            or RefusalCode.PointsOverflow => "points",
        RefusalCode.TimestampInFuture => "timestamp",
        RefusalCode.InvalidExpiry => "expiresAt",
        RefusalCode.KnownAtInFuture => Queries.QueryNames.KnownAt,
        RefusalCode.PeriodOpen => Queries.QueryNames.To,
        RefusalCode.OperationNotFound => "id",
        RefusalCode.IdempotencyMismatch => Idempotency.IdempotencyHeader.Name,
        _ => null,
    };
}
