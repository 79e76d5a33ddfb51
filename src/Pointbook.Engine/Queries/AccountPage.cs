using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>A page of accounts in ordinal order. Immutable.</summary>
/// <param name="Accounts">The accounts.</param>
/// <param name="HasMore">Whether there are accounts after the last one.</param>
public sealed record AccountPage(IReadOnlyList<ListedAccount> Accounts, bool HasMore);

/// <summary>One account of a list. Immutable.</summary>
/// <param name="Account">The account.</param>
/// <param name="Balance">Its balance at the time of the read; null if its stored rows are damaged.</param>
public sealed record ListedAccount(AccountId Account, AccountBalance? Balance)
{
    /// <summary>The damage to its rows, or null.</summary>
    internal AccountDamagedException? Damage { get; init; }
}
