namespace Pointbook.Server.Cors;

/// <summary>Which pages may call the server from a browser: section <c>Cors</c> of the configuration.</summary>
public sealed class CorsOptions
{
    private const string All = "*";

    /// <summary>
    /// The origins, separated by commas, such as <c>https://shop.example,https://desk.example:8443</c>; <c>*</c> allows all, null allows none.
    /// Without an API key the option has no effect.
    /// </summary>
    public string? Origins { get; set; }

    /// <summary>Whether a page of any origin may call.</summary>
    public bool AreAll => Origins == All;

    /// <summary>The origins as a list.</summary>
    public IReadOnlyList<string> List => Origins?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Describes the invalid value in a sentence, or returns null.</summary>
    public string? Fault()
    {
        string? bad = AreAll ? null : List.FirstOrDefault(origin => !IsOrigin(origin));
        return bad is not null ? $"Cors:Origins contains the invalid origin '{bad}'. Set it to comma-separated origins such as https://shop.example, or to * alone."
            : Origins is not null && List.Count == 0 ? "Cors:Origins is empty. Set it to at least one origin, or remove it."
            : null;
    }

    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp)
        && string.Equals(address.GetLeftPart(UriPartial.Authority), text, StringComparison.OrdinalIgnoreCase);
}
