using Microsoft.Extensions.DependencyInjection;

namespace Pointbook.Client;

/// <summary>Adds the client to a service collection.</summary>
public static class PointbookClientServices
{
    /// <summary>Adds <see cref="PointbookClient"/>.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="address">The server's address, such as <c>http://127.0.0.1:5080</c>.</param>
    /// <param name="configure">Sets the options, or null.</param>
    /// <returns>The builder of the underlying HTTP client, for additional handlers, such as one that adds credentials.</returns>
    public static IHttpClientBuilder AddPointbookClient(
        this IServiceCollection services, Uri address, Action<PointbookClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(address);
        PointbookClientOptions options = new();
        configure?.Invoke(options);
        return services.AddHttpClient(nameof(PointbookClient), http =>
        {
            http.BaseAddress = address;
            // The options limit each attempt. Imports and the feed have no time limit.
            http.Timeout = Timeout.InfiniteTimeSpan;
        }).AddTypedClient(http => new PointbookClient(http, options));
    }
}
