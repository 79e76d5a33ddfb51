using Microsoft.Extensions.DependencyInjection;

namespace Pointbook.Client;

/// <summary>Adds the client to a container of services.</summary>
public static class PointbookClientServices
{
    /// <summary>Adds <see cref="PointbookClient"/>.</summary>
    /// <param name="services">The container.</param>
    /// <param name="address">The server's address, such as <c>http://127.0.0.1:5080</c>.</param>
    /// <param name="configure">Sets options, or null.</param>
    /// <returns>The HTTP client that it is built on, for handlers of your own, such as one that adds credentials.</returns>
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
            // The options bound each attempt; imports and the feed take as long as they take.
            http.Timeout = Timeout.InfiniteTimeSpan;
        }).AddTypedClient(http => new PointbookClient(http, options));
    }
}
