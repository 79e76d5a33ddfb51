namespace Pointbook.Server.Security;

/// <summary>The headers of every reply.</summary>
internal static class ReplyHeaders
{
    // What a browser allows a reply that it shows as a page: nothing, and in no frame.
    private const string NoPage = "default-src 'none'; frame-ancestors 'none'";

    /// <summary>
    /// No cache may keep a reply (least of all <c>GET /flushDB</c>). No browser may guess its type, show it in a frame, or load it into a page of
    /// another site. No browser may report an address of this server to another server.
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
