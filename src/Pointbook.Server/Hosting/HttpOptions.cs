namespace Pointbook.Server.Hosting;

/// <summary>The limits of the HTTP server: section <c>Http</c> of the configuration.</summary>
public sealed class HttpOptions
{
    /// <summary>The maximum length of a request's body, in bytes.</summary>
    public int BodySizeMax { get; set; } = 65_536;

    /// <summary>The maximum total length of a request's headers, in bytes.</summary>
    public int HeadersSizeMax { get; set; } = 32_768;

    /// <summary>The maximum time in which a client must send its headers.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the server keeps a connection without a request open.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>The maximum duration of a request, with its body. Imports and streams of the journal have no limit.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The proxies whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> the server trusts: addresses or networks, separated by commas, such as
    /// <c>10.0.0.0/8,192.168.1.4</c>; null for none.
    /// </summary>
    public string? TrustedProxies { get; set; }

    /// <summary>The maximum number of open connections.</summary>
    public int ConnectionsMax { get; set; } = 10_000;
}
