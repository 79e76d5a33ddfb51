namespace Pointbook.Access;

/// <summary>The status of a key.</summary>
public enum KeyStatus
{
    /// <summary>The server accepts the key.</summary>
    Active,

    /// <summary>The key has expired. It keeps its name until it is revoked.</summary>
    Expired,

    /// <summary>The key was revoked. The server no longer accepts it, and its name is free.</summary>
    Revoked,
}
