using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Accounts;

/// <summary>Parses the account in a path.</summary>
internal static class AccountParameter
{
    /// <summary>Parses the path segment, percent-decoded.</summary>
    public static Parsed<AccountId> Parse(string segment) =>
        AccountId.TryCreate(segment, out AccountId? account, out string? error)
            ? account
            : new ProblemReply(ProblemTable.InvalidAccount, $"`account` {error}.", "account");
}
