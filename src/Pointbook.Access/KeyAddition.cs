namespace Pointbook.Access;

/// <summary>What came of adding a key.</summary>
public enum KeyAddition
{
    /// <summary>It is there.</summary>
    Added,

    /// <summary>A key that is not revoked has its name, or any key its id.</summary>
    NameTaken,

    /// <summary>There are as many keys as there may be.</summary>
    TooMany,
}
