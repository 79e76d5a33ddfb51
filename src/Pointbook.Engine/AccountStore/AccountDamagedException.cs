using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The stored rows of one account differ from what was written. The server refuses the account until its rows are rewritten from the journal.</summary>
public sealed class AccountDamagedException : StorageFailureException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="account">The account.</param>
    /// <param name="damage">The fault in its rows, as a sentence without its full stop.</param>
    /// <param name="innerException">The store's exception, or null.</param>
    public AccountDamagedException(AccountId account, string damage, Exception? innerException = null)
        : base($"The stored rows of account {account} are damaged: {damage}.", innerException) =>
        (Account, Damage) = (account, damage);

    /// <summary>Creates the exception for an invalid value in the account's rows, or in its part of the directory.</summary>
    public static AccountDamagedException Of(AccountId account, InvalidRowException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return new AccountDamagedException(account, fault.Message) { IsOfDirectory = fault is DirectoryDamagedException };
    }

    /// <summary>The account.</summary>
    public AccountId Account { get; }

    /// <summary>
    /// Whether the damage is in the directory, in the bucket of this account. The account's own rows may be undamaged, or may not exist. The server rewrites the
    /// directory, and until then refuses the account.
    /// </summary>
    public bool IsOfDirectory { get; init; }

    /// <summary>The fault in its rows.</summary>
    public string Damage { get; }
}
