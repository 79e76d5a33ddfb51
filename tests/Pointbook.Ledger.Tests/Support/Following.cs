using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Gives entries that a test creates directly their position in an account.</summary>
internal static class Following
{
    /// <summary>The entry as the first one of the account's next operation.</summary>
    public static Entry FollowingIn(this Entry entry, AccountState state) =>
        entry with { PreviousOperation = state.LastOperation, BalanceBefore = state.Balance };
}
