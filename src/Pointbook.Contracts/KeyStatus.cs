namespace Pointbook.Contracts;

/// <summary>How an API key stands.</summary>
public static class KeyStatus
{
    /// <summary>It is taken.</summary>
    public const string Active = "active";

    /// <summary>Its time is over. It keeps its name until it is revoked.</summary>
    public const string Expired = "expired";

    /// <summary>It was revoked, and is kept so that everybody can see who had it.</summary>
    public const string Revoked = "revoked";
}
