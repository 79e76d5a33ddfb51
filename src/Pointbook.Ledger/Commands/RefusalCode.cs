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

    /// <summary>The clock is too far behind the store's for anything to be written. Nothing was written.</summary>
    ClockBehind,

    /// <summary>The store failed while committing; whether the command was written is not known.</summary>
    OutcomeUnknown,

    /// <summary>The idempotency key was used for a different command on this account.</summary>
    IdempotencyMismatch,

    /// <summary>A transaction of zero points.</summary>
    ZeroPoints,

    /// <summary>A spend of zero or fewer points.</summary>
    PointsNotPositive,

    /// <summary>The timestamp is further in the future than the server allows.</summary>
    TimestampInFuture,

    /// <summary>A deduction is more than its payer has in the account.</summary>
    InsufficientPayerPoints,

    /// <summary>A spend is more than the account has.</summary>
    InsufficientPoints,

    /// <summary>A balance or a sum of deductions would leave 64 bits.</summary>
    PointsOverflow,
}
