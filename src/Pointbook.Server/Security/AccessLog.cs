using Pointbook.Server.Hosting;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Logs each request that the server refused, in part or completely, because of its sender, address or rate. It logs no credentials.</summary>
internal sealed class AccessLog(RequestDelegate next, ILogger<AccessLog> logger)
{
    private const int TextLengthMax = 200;
    private const string Nobody = "an unknown client";

    /// <summary>Whether a status means a refusal for such a reason.</summary>
    public static bool IsRefusal(int status) =>
        status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status429TooManyRequests;

    /// <summary>Handles one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        await next(context);
        if (IsRefusal(context.Response.StatusCode) && context.Features.Get<ProblemReply>() is { } problem)
        {
            (string method, string path, string actor, string address) = Describe(context);
            LogMessages.RequestRefused(logger, problem.Kind.Status, problem.Kind.Code, method, path, actor, address);
        }

        if (context.Features.Get<PartialRefusals>() is { } parts)
        {
            Write(context, parts);
        }
    }

    private void Write(HttpContext context, PartialRefusals parts)
    {
        (string method, string path, string actor, string address) = Describe(context);
        if (parts.Item is { } item)
        {
            LogMessages.ItemsRefused(logger, parts.Items, item.Kind.Status, item.Kind.Code, method, path, actor, address);
        }

        if (parts.End is { } end && IsRefusal(end.Kind.Status))
        {
            LogMessages.RequestEnded(logger, end.Kind.Status, end.Kind.Code, method, path, actor, address);
        }
    }

    private static (string Method, string Path, string Actor, string Address) Describe(HttpContext context) => (
        Shorten(context.Request.Method),
        // Escaped, so that a client cannot forge log lines; without the query, which may contain what users type.
        Shorten(context.Request.Path.ToUriComponent()),
        ActorText.Of((context.User as CallerPrincipal)?.Caller.Actor, Nobody),
        context.Connection.RemoteIpAddress?.ToString() ?? "a socket");

    private static string Shorten(string text) => text.Length <= TextLengthMax ? text : string.Concat(text.AsSpan(0, TextLengthMax), "…");
}
