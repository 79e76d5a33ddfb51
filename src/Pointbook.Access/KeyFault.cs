namespace Pointbook.Access;

/// <summary>Why there is no key like the one that somebody wants.</summary>
public enum KeyFault
{
    /// <summary>It could do nothing.</summary>
    NoScopes,

    /// <summary>It could create keys without the limits that it has itself.</summary>
    AdminWithLimits,

    /// <summary>It would be expired at once, or be taken for more than <see cref="KeyOrder.PeriodMax"/>.</summary>
    ExpiryOutOfRange,
}
