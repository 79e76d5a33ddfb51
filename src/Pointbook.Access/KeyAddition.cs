namespace Pointbook.Access;

/// <summary>The result of adding a key.</summary>
public enum KeyAddition
{
    /// <summary>The store added the key.</summary>
    Added,

    /// <summary>Another key that is not revoked has the same name, or any key has the same id.</summary>
    NameTaken,

    /// <summary>The store already has the largest number of keys.</summary>
    TooMany,
}
