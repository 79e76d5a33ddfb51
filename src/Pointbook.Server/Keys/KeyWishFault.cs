namespace Pointbook.Server.Keys;

/// <summary>A fault in a requested key. Immutable.</summary>
/// <param name="Part">The part with the fault.</param>
/// <param name="Error">The fault and its fix, as the end of a sentence that begins with the part.</param>
internal sealed record KeyWishFault(KeyWishPart Part, string Error);

/// <summary>The parts of a requested key.</summary>
internal enum KeyWishPart
{
    /// <summary>Its name.</summary>
    Name,

    /// <summary>Its scopes.</summary>
    Scopes,

    /// <summary>Its account limits.</summary>
    Accounts,

    /// <summary>How long it is valid.</summary>
    ExpiresAfter,
}
