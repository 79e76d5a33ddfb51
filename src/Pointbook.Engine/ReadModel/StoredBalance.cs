using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>What the projection holds of the balance of one account, or that its rows are damaged. Immutable.</summary>
public sealed record StoredBalance
{
    private StoredBalance(AccountId account) => Account = account;

    /// <summary>Which account.</summary>
    public AccountId Account { get; }

    /// <summary>The rows, or null if they are damaged.</summary>
    public BalanceRows? Rows { get; private init; }

    /// <summary>What is wrong with the rows, or null.</summary>
    public AccountDamagedException? Damage { get; private init; }

    /// <summary>An account with rows.</summary>
    public static StoredBalance Of(BalanceRows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return new StoredBalance(rows.Account) { Rows = rows };
    }

    /// <summary>An account whose rows are damaged.</summary>
    public static StoredBalance Damaged(AccountDamagedException damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        return new StoredBalance(damage.Account) { Damage = damage };
    }
}
