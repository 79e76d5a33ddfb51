using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace Pointbook.Server.Hosting;

/// <summary>Takes the address of a client from proxies that are trusted, and from nobody else.</summary>
internal static class TrustedProxies
{
    /// <summary>What is wrong with <see cref="HttpOptions.TrustedProxies"/>, as a sentence, or null.</summary>
    public static string? Fault(HttpOptions options)
    {
        string? bad = Split(options).FirstOrDefault(text => !string.Equals(Canonical(text), text, StringComparison.OrdinalIgnoreCase));
        return bad is not null ? Canonical(bad) is { } meaning
                ? $"Http:TrustedProxies holds '{bad}', which stands for {meaning}; write that, or in full what is meant, such as 10.0.0.0/8."
                : $"Http:TrustedProxies holds '{bad}'; write addresses or networks such as 10.0.0.0/8 with commas between."
            : options.TrustedProxies is not null && Split(options).Length == 0 ? "Http:TrustedProxies is empty; name proxies or leave it out."
            : null;
    }

    /// <summary>Replaces the address of a proxy by the one that it says it got the request from, if any proxy is trusted.</summary>
    /// <remarks>It stands behind protected mode, which looks at who really connected and refuses whatever was forwarded.</remarks>
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
            // As far back as the chain is one of trusted proxies.
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

    /// <summary>The usual text of an address or network; null if it is neither. 10 is 0.0.0.10 and 010.0.0.1 is 8.0.0.1, which hardly anybody means.</summary>
    private static string? Canonical(string text) =>
        IPAddress.TryParse(text, out IPAddress? address) ? address.ToString()
        : System.Net.IPNetwork.TryParse(text, out System.Net.IPNetwork network) ? network.ToString()
        : null;

    private static string[] Split(HttpOptions options) =>
        options.TrustedProxies?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
}
