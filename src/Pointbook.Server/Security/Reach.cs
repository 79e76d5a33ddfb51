namespace Pointbook.Server.Security;

/// <summary>The accounts that a route covers. They decide how the account limits of a caller apply.</summary>
internal enum Reach
{
    /// <summary>The account in its path.</summary>
    AccountOfPath,

    /// <summary>The account <c>default</c>.</summary>
    DefaultAccount,

    /// <summary>The accounts in the query or body; the route itself checks each of them.</summary>
    AccountsOfRequest,

    /// <summary>All accounts at once, so that the server refuses callers with limits.</summary>
    AllAccounts,
}
