namespace Pointbook.Server.Security;

/// <summary>Which accounts a route touches, and so what the account limits of a caller say to it.</summary>
internal enum Reach
{
    /// <summary>The account in its path.</summary>
    AccountOfPath,

    /// <summary>The account <c>default</c>.</summary>
    DefaultAccount,

    /// <summary>The accounts that its query or body names; the route itself asks for each.</summary>
    AccountsOfRequest,

    /// <summary>All accounts at once, so that callers with limits are not let in.</summary>
    AllAccounts,
}
