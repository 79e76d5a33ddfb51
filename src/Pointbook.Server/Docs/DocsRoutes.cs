using Pointbook.Server.OpenApi;
using Scalar.AspNetCore;

namespace Pointbook.Server.Docs;

/// <summary>The description of the API for people: a page that shows <see cref="OpenApiSetup.Path"/>.</summary>
internal static class DocsRoutes
{
    private const string Path = "/docs";

    /// <summary>Maps the page and its scripts, all of which come out of the program itself.</summary>
    public static void MapDocs(this IEndpointRouteBuilder routes) => routes.MapScalarApiReference(Path, Configure);

    private static void Configure(ScalarOptions page)
    {
        page.Title = DocumentTransformer.Title;
        page.OpenApiRoutePattern = OpenApiSetup.Path;
        page.DefaultFonts = false;
        page.Telemetry = false;
    }
}
