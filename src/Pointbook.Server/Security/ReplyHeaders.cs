namespace Pointbook.Server.Security;

/// <summary>Headers that every reply has.</summary>
internal static class ReplyHeaders
{
    // What a reply could do if a browser showed it as a page: nothing, and in no frame.
    private const string NoPage = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>
    /// No reply is kept by a cache (<c>GET /flushDB</c> least of all), taken for another type than it says, shown in a frame, or
    /// loaded into a page of another site; and no address of this server is told to another one.
    /// </summary>
    public static void UseReplyHeaders(this IApplicationBuilder app) => app.Use(next => context =>
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = NoPage;
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return next(context);
    });
}
