namespace Pointbook.Server.Keys;

/// <summary>What is wrong with a wish for a key. Immutable.</summary>
/// <param name="Part">Where.</param>
/// <param name="Error">What is wrong and what to do, as the end of a sentence that began with the part.</param>
internal sealed record KeyWishFault(KeyWishPart Part, string Error);

/// <summary>The parts of a wish for a key.</summary>
internal enum KeyWishPart
{
    /// <summary>Its name.</summary>
    Name,

    /// <summary>Its scopes.</summary>
    Scopes,

    /// <summary>Its account limits.</summary>
    Accounts,

    /// <summary>How long it is taken.</summary>
    ExpiresAfter,
}
