namespace Pointbook.Access;

/// <summary>Why a requested key is invalid.</summary>
public enum KeyFault
{
    /// <summary>The key would have no scopes.</summary>
    NoScopes,

    /// <summary>The key could create other keys without its own account limits.</summary>
    AdminWithLimits,

    /// <summary>The key would expire at once, or be valid for longer than <see cref="KeyOrder.PeriodMax"/>.</summary>
    ExpiryOutOfRange,
}
