namespace Pointbook.Server.Cors;

/// <summary>Which pages may call the server from a browser: section <c>Cors</c> of the configuration.</summary>
public sealed class CorsOptions
{
    private const string All = "*";

    /// <summary>
    /// The origins, with commas between, such as <c>https://shop.example,https://desk.example:8443</c>; <c>*</c> stands for all, and null for none. It
    /// has no effect while there is no key.
    /// </summary>
    public string? Origins { get; set; }

    /// <summary>Whether any page may call.</summary>
    public bool AreAll => Origins == All;

    /// <summary>The origins one by one.</summary>
    public IReadOnlyList<string> List => Origins?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>What is wrong with the value, as a sentence, or null.</summary>
    public string? Fault()
    {
        string? bad = AreAll ? null : List.FirstOrDefault(origin => !IsOrigin(origin));
        return bad is not null ? $"Cors:Origins holds '{bad}', which is no origin; write origins such as https://shop.example with commas between, or * alone."
            : Origins is not null && List.Count == 0 ? "Cors:Origins is empty; name origins or leave it out."
            : null;
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
        && string.Equals(address.GetLeftPart(UriPartial.Authority), text, StringComparison.OrdinalIgnoreCase);
}
