using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Some accounts in ordinal order. Immutable.</summary>
/// <param name="Accounts">The accounts.</param>
/// <param name="HasMore">Whether there are accounts behind the last one.</param>
public sealed record AccountPage(IReadOnlyList<ListedAccount> Accounts, bool HasMore);

/// <summary>One account of a list. Immutable.</summary>
/// <param name="Account">Which account.</param>
/// <param name="Balance">Its balance as of when it was read; null if its stored rows are damaged.</param>
public sealed record ListedAccount(AccountId Account, AccountBalance? Balance)
{
    /// <summary>What is wrong with its rows, or null.</summary>
    internal AccountDamagedException? Damage { get; init; }
}
