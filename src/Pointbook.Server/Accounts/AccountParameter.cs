using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Accounts;

/// <summary>Reads the account out of a path.</summary>
internal static class AccountParameter
{
    /// <summary>Takes the path segment, percent-decoded.</summary>
    public static Parsed<AccountId> Parse(string segment) =>
        AccountId.TryCreate(segment, out AccountId? account, out string? error)
            ? account
            : new ProblemReply(ProblemTable.InvalidAccount, $"account {error}.", "account");
}
