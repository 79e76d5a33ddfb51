using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The account store's rows for the balance of one account, or their damage. Immutable.</summary>
public sealed record StoredBalance
{
    private StoredBalance(AccountId account) => Account = account;

    /// <summary>The account.</summary>
    public AccountId Account { get; }

    /// <summary>The rows, or null if they are damaged.</summary>
    public BalanceRows? Rows { get; private init; }

    /// <summary>The damage of the rows, or null.</summary>
    public AccountDamagedException? Damage { get; private init; }

    /// <summary>Creates the balance of an account with rows.</summary>
    public static StoredBalance Of(BalanceRows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return new StoredBalance(rows.Account) { Rows = rows };
    }

    /// <summary>Creates the balance of an account with damaged rows.</summary>
    public static StoredBalance Damaged(AccountDamagedException damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        return new StoredBalance(damage.Account) { Damage = damage };
    }
}
