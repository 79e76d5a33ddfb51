using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>Places entries that a test creates directly in an account.</summary>
internal static class EntryExtensions
{
    /// <summary>The entry as the first one of the account's next operation.</summary>
    public static Entry AsNextOperationOf(this Entry entry, AccountState state) =>
        entry with { PreviousOperation = state.LastOperation, BalanceBefore = state.Balance };
}
