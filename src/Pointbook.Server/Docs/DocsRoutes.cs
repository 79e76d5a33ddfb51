using Microsoft.Net.Http.Headers;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Security;
using Scalar.AspNetCore;

namespace Pointbook.Server.Docs;

/// <summary>The description of the API for readers: a page that shows <see cref="OpenApiSetup.Path"/>.</summary>
internal static class DocsRoutes
{
    private const string Path = "/docs";

    /// <summary>Maps the page and its scripts. The program contains all of them.</summary>
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
        // Everything that would contact another host is disabled. The policy below also forbids it.
        page.DefaultFonts = false;
        page.Telemetry = false;
        page.HideClientButton = true;
        page.ShowDeveloperTools = DeveloperToolsVisibility.Never;
        page.Agent = new ScalarAgentOptions { Disabled = true };
        page.Mcp = new ScalarMcpOptions { Disabled = true };
    }

    /// <summary>Sets a policy: the page loads nothing from other hosts and runs only its own scripts. It may use inline styles.</summary>
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
