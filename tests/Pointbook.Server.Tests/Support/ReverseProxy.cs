using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pointbook.Server.Tests.Support;

/// <summary>Passes requests on to a server under the server's own name, as proxies do by default. It may add a header that describes the client.</summary>
internal sealed class ReverseProxy : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = new();

    private ReverseProxy(WebApplication app) => _app = app;

    /// <summary>The address on which the proxy listens.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Starts a proxy.</summary>
    /// <param name="server">The server to which the proxy passes requests on.</param>
    /// <param name="line">A header that the proxy adds to each request, after the client's headers of that name; empty for none.</param>
    public static async Task<ReverseProxy> StartAsync(Uri server, string line)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        ReverseProxy proxy = new(app);
        app.Run(context => proxy.ForwardAsync(context, server, line));
        await app.StartAsync(TestContext.Current.CancellationToken);
        return proxy;
    }

    /// <summary>Adds a header, in the form of a request's header line, to a request.</summary>
    public static void AddHeader(HttpRequestMessage request, string line)
    {
        if (line.Length > 0)
        {
            string[] parts = line.Split(": ", 2);
            Assert.True(request.Headers.TryAddWithoutValidation(parts[0], parts[1]));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    private async Task ForwardAsync(HttpContext context, Uri server, string line)
    {
        using HttpRequestMessage request = new(new HttpMethod(context.Request.Method), new Uri(server, context.Request.Path.Value + context.Request.QueryString));
        foreach (string name in context.Request.Headers.Keys.Except(["Host", "Connection"], StringComparer.OrdinalIgnoreCase))
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, context.Request.Headers[name].AsEnumerable()));
        }

        AddHeader(request, line);
        using HttpResponseMessage answer = await _client.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
