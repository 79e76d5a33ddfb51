using System.Net.Mime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pointbook.Server.Tests.Support;

/// <summary>An attacker's web site, on its own port of this machine.</summary>
public sealed class AttackerSite : IAsyncDisposable
{
    private const string Page = "<!doctype html><title>Win a prize</title><body>Win a prize</body>";
    private readonly WebApplication _app;

    private AttackerSite(WebApplication app)
    {
        _app = app;
        Address = new Uri(app.Urls.Single());
    }

    /// <summary>The address on which the site listens.</summary>
    public Uri Address { get; }

    /// <summary>Starts the site.</summary>
    public static async Task<AttackerSite> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new AttackerSite(app);
    }

    /// <summary>The address of the site under another host name, which the browser must resolve to this machine.</summary>
    public Uri At(string host) => new UriBuilder(Address) { Host = host }.Uri;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>Serves the page. <c>/sandbox</c> serves it without an origin. <c>/to?status=…&amp;url=…</c> redirects the browser to another address.</summary>
    private static Task AnswerAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        if (context.Request.Path == "/to")
        {
            response.StatusCode = int.Parse(context.Request.Query["status"]!, System.Globalization.CultureInfo.InvariantCulture);
            response.Headers.Location = context.Request.Query["url"];
            return Task.CompletedTask;
        }

        if (context.Request.Path == "/sandbox")
        {
            response.Headers.ContentSecurityPolicy = "sandbox allow-scripts allow-forms allow-popups allow-top-navigation";
        }

        if (context.Request.Path == "/report")
        {
            response.Headers.ContentSecurityPolicy = $"default-src 'none'; report-uri {context.Request.Query["url"]}";
            return response.WriteAsync("<!doctype html><style>body { color: red }</style>");
        }

        response.ContentType = MediaTypeNames.Text.Html;
        return response.WriteAsync(Page);
    }
}
