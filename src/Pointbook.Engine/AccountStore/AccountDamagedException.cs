using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The stored rows of one account cannot be what was written. The account is refused until its rows are written again from the journal; all others go on.</summary>
public sealed class AccountDamagedException : StorageFailureException
{
    /// <summary>A damage that was found.</summary>
    /// <param name="account">Whose rows.</param>
    /// <param name="damage">What is wrong with them, as a sentence without its full stop.</param>
    /// <param name="innerException">What the store reported, or null.</param>
    public AccountDamagedException(AccountId account, string damage, Exception? innerException = null)
        : base($"The stored rows of account {account} are damaged: {damage}.", innerException) =>
        (Account, Damage) = (account, damage);

    /// <summary>Whose rows.</summary>
    public AccountId Account { get; }

    /// <summary>What is wrong with them.</summary>
    public string Damage { get; }
}
