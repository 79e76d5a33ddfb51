using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace Pointbook.Server.Hosting;

/// <summary>Accepts the address of a client from trusted proxies only.</summary>
internal static class TrustedProxies
{
    /// <summary>Describes the fault of <see cref="HttpOptions.TrustedProxies"/> in a sentence, or returns null.</summary>
    public static string? Fault(HttpOptions options)
    {
        string? bad = Split(options).FirstOrDefault(text => !string.Equals(Canonical(text), text, StringComparison.OrdinalIgnoreCase));
        return bad is not null ? Canonical(bad) is { } meaning
                ? $"Http:TrustedProxies contains '{bad}', which means {meaning}. Write {meaning}, or the complete network, such as 10.0.0.0/8."
                : $"Http:TrustedProxies contains the invalid value '{bad}'. Set it to comma-separated addresses or networks such as 10.0.0.0/8."
            : options.TrustedProxies is not null && Split(options).Length == 0 ? "Http:TrustedProxies is empty. Set it to at least one proxy, or remove it."
            : null;
    }

    /// <summary>Replaces the address of a trusted proxy by the client address that the proxy reports, if any proxy is trusted.</summary>
    /// <remarks>It runs after protected mode, which checks the actual connection and refuses forwarded requests.</remarks>
    public static void UseTrustedProxies(this WebApplication app)
    {
        string[] proxies = Split(app.Services.GetRequiredService<IOptions<HttpOptions>>().Value);
        if (proxies.Length == 0)
        {
            return;
        }

        ForwardedHeadersOptions forwarded = new()
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
            // Follows the chain for as long as its proxies are trusted.
            ForwardLimit = null,
        };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (string proxy in proxies)
        {
            if (IPAddress.TryParse(proxy, out IPAddress? address))
            {
                forwarded.KnownProxies.Add(address);
            }
            else
            {
                forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
            }
        }

        app.UseForwardedHeaders(forwarded);
    }

    /// <summary>The canonical text of an address or network; null if it is neither. Otherwise 10 would mean 0.0.0.10, and 010.0.0.1 would mean 8.0.0.1.</summary>
    private static string? Canonical(string text) =>
        IPAddress.TryParse(text, out IPAddress? address) ? address.ToString()
        : System.Net.IPNetwork.TryParse(text, out System.Net.IPNetwork network) ? network.ToString()
        : null;

    private static string[] Split(HttpOptions options) =>
        options.TrustedProxies?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
}
