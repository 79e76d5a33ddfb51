namespace Pointbook.Ledger.Commands;

/// <summary>Why a command is refused: a closed vocabulary. Where several apply, the one that stands first here is given.</summary>
public enum RefusalCode
{
    /// <summary>The server is stopping and takes nothing more.</summary>
    ShuttingDown,

    /// <summary>Too many commands are waiting, or others kept writing first.</summary>
    Overloaded,

    /// <summary>The projection is too far behind the journal for more writes, or for what has to be loaded. Nothing was written.</summary>
    ProjectionBehind,

    /// <summary>The store failed. Nothing was written.</summary>
    StorageUnavailable,

    /// <summary>The journal does not hold what was committed; an operator has to restore it. Nothing was written.</summary>
    JournalDamaged,

    /// <summary>The stored rows of the account are damaged and have to be rebuilt. Nothing was written.</summary>
    AccountDamaged,

    /// <summary>The clock and the store's clock disagree by more than is accepted. Nothing was written.</summary>
    ClockDisagrees,

    /// <summary>The clock is not credible: it jumped, or it was not confirmed after a long pause. Nothing was written.</summary>
    ClockUnreliable,

    /// <summary>The store failed while committing; whether the command was written is not known.</summary>
    OutcomeUnknown,

    /// <summary>The idempotency key was used for a different command on this account.</summary>
    IdempotencyMismatch,

    /// <summary>There is no such operation in the account, or it is of another kind.</summary>
    OperationNotFound,

    /// <summary>The statement's period has not ended, or may still gain entries of another process.</summary>
    PeriodOpen,

    /// <summary>What was known at a time that is yet to come.</summary>
    KnownAtInFuture,

    /// <summary>A transaction of zero points.</summary>
    ZeroPoints,

    /// <summary>A spend of zero or fewer points.</summary>
    PointsNotPositive,

    /// <summary>An expiry that is not later than the timestamp, or that is on a deduction.</summary>
    InvalidExpiry,

    /// <summary>The timestamp is further in the future than the server allows.</summary>
    TimestampInFuture,

    /// <summary>The spend was reversed, by a request or by the end of its hold.</summary>
    AlreadyReversed,

    /// <summary>The spend was captured.</summary>
    AlreadyCaptured,

    /// <summary>The spend was final from the beginning, so there is nothing to capture.</summary>
    NotPending,

    /// <summary>The account was flushed after the operation.</summary>
    AccountFlushed,

    /// <summary>It is not the latest flush of the account, or something has happened since.</summary>
    AccountMovedOn,

    /// <summary>A deduction is more than its payer has in the account.</summary>
    InsufficientPayerPoints,

    /// <summary>A spend is more than the account has.</summary>
    InsufficientPoints,

    /// <summary>A balance or a sum of deductions would leave 64 bits.</summary>
    PointsOverflow,
}
