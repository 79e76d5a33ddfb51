namespace Pointbook.Server.Hosting;

/// <summary>The limits of the HTTP server: section <c>Http</c> of the configuration.</summary>
public sealed class HttpOptions
{
    /// <summary>The longest body of a request, in bytes.</summary>
    public int BodySizeMax { get; set; } = 65_536;

    /// <summary>The longest sum of a request's headers, in bytes.</summary>
    public int HeadersSizeMax { get; set; } = 32_768;

    /// <summary>How long a client may take to send its headers.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection stays open without a request.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>How long the answer to a request may take, body included. Imports and streams of the journal take as long as they take.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed, as addresses or networks with commas between, such
    /// as <c>10.0.0.0/8,192.168.1.4</c>; null for none.
    /// </summary>
    public string? TrustedProxies { get; set; }

    /// <summary>How many connections may be open at a time.</summary>
    public int ConnectionsMax { get; set; } = 10_000;
}
