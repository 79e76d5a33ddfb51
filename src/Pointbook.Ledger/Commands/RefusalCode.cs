namespace Pointbook.Ledger.Commands;

/// <summary>Why a command is refused: a closed vocabulary. If several reasons apply, the answer is the one listed first here.</summary>
public enum RefusalCode
{
    /// <summary>The server is stopping and accepts no more commands.</summary>
    ShuttingDown,

    /// <summary>Too many commands are waiting, or other processes kept writing first.</summary>
    Overloaded,

    /// <summary>The account store is too far behind the journal for more writes, or for loading the account. Nothing was written.</summary>
    CatchingUp,

    /// <summary>The store failed. Nothing was written.</summary>
    StorageUnavailable,

    /// <summary>The journal lacks committed entries; an operator must restore it. Nothing was written.</summary>
    JournalDamaged,

    /// <summary>The stored rows of the account are damaged and must be rebuilt. Nothing was written.</summary>
    AccountDamaged,

    /// <summary>The server's clock and the store's clock differ by more than the limit. Nothing was written.</summary>
    ClockDisagrees,

    /// <summary>The server's clock is not credible: it jumped, or an operator did not confirm it after a long pause. Nothing was written.</summary>
    ClockUnreliable,

    /// <summary>The store failed during the commit. The server does not know whether the command was written.</summary>
    OutcomeUnknown,

    /// <summary>The client used the idempotency key for a different command on this account.</summary>
    IdempotencyMismatch,

    /// <summary>The account has no entries, or it was erased.</summary>
    AccountNotFound,

    /// <summary>The operation is unknown in the account, or of another kind.</summary>
    OperationNotFound,

    /// <summary>The statement's period has not ended, or another process may still add entries to it.</summary>
    PeriodOpen,

    /// <summary>The query asks what was known at a future time.</summary>
    KnownAtInFuture,

    /// <summary>A transaction of zero points.</summary>
    ZeroPoints,

    /// <summary>A spend of zero or fewer points.</summary>
    PointsNotPositive,

    /// <summary>An expiry that is not later than the timestamp, or an expiry of a deduction.</summary>
    InvalidExpiry,

    /// <summary>The timestamp is further in the future than the server accepts.</summary>
    TimestampInFuture,

    /// <summary>The spend was reversed, by a client or by the end of its hold.</summary>
    AlreadyReversed,

    /// <summary>The spend was captured.</summary>
    AlreadyCaptured,

    /// <summary>The spend was final from the start, so it cannot be captured.</summary>
    NotPending,

    /// <summary>The account was flushed after the operation.</summary>
    AccountFlushed,

    /// <summary>The flush is not the latest one of the account, or the account has changed since.</summary>
    AccountMovedOn,

    /// <summary>The account has payers, so a client must flush it before it can be erased.</summary>
    AccountNotEmpty,

    /// <summary>A deduction exceeds its payer's balance in the account.</summary>
    InsufficientPayerPoints,

    /// <summary>A spend exceeds the balance of the account.</summary>
    InsufficientPoints,

    /// <summary>A balance or a sum of deductions would exceed 64 bits.</summary>
    PointsOverflow,
}
