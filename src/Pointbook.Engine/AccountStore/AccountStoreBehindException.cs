using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>An account store contains less than a load requires, because another process is rebuilding it.</summary>
public sealed class AccountStoreBehindException : StorageFailureException
{
    /// <summary>Creates the exception for an account store that lost accounts it contained a moment ago.</summary>
    public AccountStoreBehindException()
        : base("The account store lacks accounts that it contained a moment ago: it is being rebuilt.")
    {
    }

    /// <summary>Creates the exception for an account store that went back.</summary>
    /// <param name="position">The position of the account store.</param>
    /// <param name="needed">The lowest sufficient position.</param>
    public AccountStoreBehindException(Sequence position, Sequence needed)
        : base($"The account store is at entry {position} but is needed at entry {needed}: it is being rebuilt.")
    {
    }
}
