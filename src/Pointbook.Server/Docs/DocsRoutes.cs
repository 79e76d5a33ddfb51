using Microsoft.Net.Http.Headers;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Security;
using Scalar.AspNetCore;

namespace Pointbook.Server.Docs;

/// <summary>The description of the API for people: a page that shows <see cref="OpenApiSetup.Path"/>.</summary>
internal static class DocsRoutes
{
    private const string Path = "/docs";

    /// <summary>Maps the page and its scripts, all of which come out of the program itself.</summary>
    public static void MapDocs(this IEndpointRouteBuilder routes) => routes.MapScalarApiReference(Path, Configure).IsPublic().Add(static endpoint =>
    {
        RequestDelegate next = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context =>
        {
            context.Response.OnStarting(AddPolicy, context);
            return next(context);
        };
    });

    private static void Configure(ScalarOptions page)
    {
        page.Title = DocumentTransformer.Title;
        page.OpenApiRoutePattern = OpenApiSetup.Path;
        page.DynamicNonce = true;
        page.DefaultOpenAllTags = true;
        // Whatever would ask another host is off; the policy below forbids it as well.
        page.DefaultFonts = false;
        page.Telemetry = false;
        page.HideClientButton = true;
        page.ShowDeveloperTools = DeveloperToolsVisibility.Never;
        page.Agent = new ScalarAgentOptions { Disabled = true };
        page.Mcp = new ScalarMcpOptions { Disabled = true };
    }

    /// <summary>Lets the page load nothing from elsewhere and run no script but those that it came with. It puts its styles into the page itself.</summary>
    private static Task AddPolicy(object state)
    {
        HttpContext context = (HttpContext)state;
        string scripts = context.Items[ScalarOptions.NonceHttpContextItemKey] is string nonce ? $"'self' 'nonce-{nonce}'" : "'none'";
        context.Response.Headers[HeaderNames.ContentSecurityPolicy] =
            $"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return Task.CompletedTask;
    }
}
