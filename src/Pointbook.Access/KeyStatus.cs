namespace Pointbook.Access;

/// <summary>How a key stands.</summary>
public enum KeyStatus
{
    /// <summary>It is taken.</summary>
    Active,

    /// <summary>It was taken until its time was over. It keeps its name until it is revoked.</summary>
    Expired,

    /// <summary>It is not taken any longer, and its name is free.</summary>
    Revoked,
}
