namespace Pointbook.Server.Security;

/// <summary>Headers that every reply has.</summary>
internal static class ReplyHeaders
{
    /// <summary>No reply is kept by a cache (<c>GET /flushDB</c> least of all) or taken for another type than it says.</summary>
    public static void UseReplyHeaders(this IApplicationBuilder app) => app.Use(next => context =>
    {
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return next(context);
    });
}
