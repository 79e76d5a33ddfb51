using Pointbook.Ledger.Commands;

namespace Pointbook.Server.Problems;

/// <summary>Turns the ledger's refusals into replies: the row of the table, and a sentence with the numbers.</summary>
internal static class RefusalReplies
{
    /// <summary>The reply to a refused command or query.</summary>
    public static ProblemReply From(Refusal refusal) => From(refusal, ProblemTable.Of(refusal.Code));

    /// <summary>The reply to a refused command about an earlier operation.</summary>
    /// <param name="refusal">The refusal.</param>
    /// <param name="notFound">The row where the operation does not exist, which depends on what was looked for.</param>
    public static ProblemReply FromSubject(Refusal refusal, ProblemKind notFound) =>
        From(refusal, refusal.Code == RefusalCode.OperationNotFound ? notFound : ProblemTable.Of(refusal.Code));

    /// <summary>The reply where an operation does not exist.</summary>
    /// <param name="notFound">The row, which depends on what was looked for.</param>
    public static ProblemReply NotFound(ProblemKind notFound) => From(new Refusal(RefusalCode.OperationNotFound), notFound);

    private static ProblemReply From(Refusal refusal, ProblemKind kind) => new(kind, Detail(refusal), Member(refusal.Code))
    {
        Available = refusal.Available?.Value,
        Requested = refusal.Requested,
        Payer = refusal.Payer?.Value,
    };

    private static string Detail(Refusal refusal) => refusal.Code switch
    {
        RefusalCode.ShuttingDown => "The server is stopping and did not take the request; nothing was written. Send it again in some seconds.",
        RefusalCode.Overloaded =>
            "Too many requests are waiting, or other processes kept writing first; nothing was written. Send the request again after Retry-After seconds.",
        RefusalCode.ProjectionBehind =>
            "The server takes no more writes until its tables have caught up; nothing was written. Send the request again after Retry-After seconds.",
        RefusalCode.StorageUnavailable => "The store failed; this request wrote nothing, and an earlier one with the same Idempotency-Key may have. Send the request again after Retry-After seconds.",
        RefusalCode.JournalDamaged =>
            "The stored journal does not hold what was committed, so nothing of the damaged part is served; nothing was written. "
            + "Ask the operator to restore the journal from a backup, then send the request again.",
        RefusalCode.AccountDamaged =>
            "The stored rows of this account are damaged; nothing was written, and other accounts are not affected. "
            + "The server writes these rows again. Send the request again after Retry-After seconds.",
        RefusalCode.ClockDisagrees =>
            "The server's clock and the store's clock disagree, or the server was held up; nothing was written. Send the request again after Retry-After seconds.",
        RefusalCode.ClockUnreliable =>
            "The server's clock jumped, or an operator must confirm it after a long pause; nothing was written. Send the request again once /health/ready says Ready.",
        RefusalCode.OutcomeUnknown =>
            "The store failed while the request was written, so it may have been carried out. "
            + "Send it again with the same Idempotency-Key; without a key, look at the balance first.",
        RefusalCode.IdempotencyMismatch =>
            "Idempotency-Key was used for a different request on this account; send a key of its own for each request.",
        RefusalCode.ZeroPoints => "points is 0; send more than 0 for a credit or less than 0 for a deduction.",
        RefusalCode.PointsNotPositive => "points is less than 1; spend at least 1.",
        RefusalCode.TimestampInFuture => $"timestamp is too far in the future; the latest accepted timestamp is {refusal.TimestampMax}.",
        RefusalCode.InvalidExpiry =>
            "expiresAt is not later than timestamp, or the transaction is a deduction; send a later one with a credit, or leave it out.",
        RefusalCode.OperationNotFound => "There is no such id in this account; check it, and the account.",
        RefusalCode.AlreadyReversed => "The spend was reversed before, by a request or by the end of its hold; its points are back. Send a new spend if you want to spend them again.",
        RefusalCode.AlreadyCaptured => "The spend was captured before and is final; there is nothing left to capture.",
        RefusalCode.NotPending => "The spend was final from the beginning; only a spend that was sent with hold is captured.",
        RefusalCode.AccountFlushed => "The account was flushed after the spend, which is archived; restore the flush first, if nothing has happened since.",
        RefusalCode.AccountMovedOn => "It is not the latest flush that took anything out of the account, or something was written since; add transactions for what is missing.",
        RefusalCode.KnownAtInFuture => "knownAt is in the future; send a time that has passed, or leave it out for now.",
        RefusalCode.PeriodOpen => "to is later than today, or its day has begun too recently for all clocks; send an earlier day, or wait until it has begun.",
        RefusalCode.InsufficientPayerPoints =>
            $"The payer has {refusal.Available} points here and {refusal.Requested} are to be deducted; nothing was written. Once the credit "
            + "that it belongs to has arrived, send the deduction again, with the same Idempotency-Key if it had one.",
        RefusalCode.InsufficientPoints =>
            $"The account has {refusal.Available} points and {refusal.Requested} are to be spent; nothing was written. "
            + "Spend at most what is available.",
        RefusalCode.PointsOverflow => "points would take a sum of this account beyond 9223372036854775807; nothing was written. Send fewer points.",
        _ => throw new ArgumentException($"There is no sentence for {refusal.Code}.", nameof(refusal)),
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
