namespace Pointbook.Contracts;

/// <summary>The valid values of <see cref="Key.Status"/>. The list is complete.</summary>
public static class KeyStatus
{
    /// <summary>The server accepts the API key.</summary>
    public const string Active = "active";

    /// <summary>The API key has expired. It keeps its name until it is revoked.</summary>
    public const string Expired = "expired";

    /// <summary>The API key was revoked. The server still lists it, so that its holder stays known. Its name is free.</summary>
    public const string Revoked = "revoked";
}
