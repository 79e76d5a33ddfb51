using System.Net;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Pointbook.Access;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>While there are no keys: only direct requests of programs on this machine are served, and of no foreign page in its browser.</summary>
internal sealed class ProtectedMode(RequestDelegate next, AccessMode mode)
{
    private const string SecFetchSite = "Sec-Fetch-Site";
    private const string ForwardedPrefix = "X-Forwarded";
    private static readonly string[] Refused = ["Forwarded", "X-Real-IP", "Via", "Sec-Purpose"];

    /// <summary>Handles one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            if (await mode.IsProtectedAsync() && Fault(context) is { } problem)
            {
                await problem.ExecuteAsync(context);
                return;
            }
        }
        catch (KeyStoreException)
        {
            // It may be secured meanwhile, and it may not: nobody is let in.
            await Credentials.KeysUnavailable().ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    /// <summary>Why a request is not served, or null.</summary>
    public static ProblemReply? Fault(HttpContext context)
    {
        IPAddress? peer = context.Connection.RemoteIpAddress;
        if (peer is null || !Loopback.IsLoopback(peer))
        {
            return Problem("The request comes from another machine; send it from the machine the server runs on.");
        }

        if (!Loopback.IsLoopbackHost(context.Request.Host))
        {
            return Problem("Host does not name this machine; address the server as localhost, 127.0.0.1 or [::1].", HeaderNames.Host);
        }

        foreach (KeyValuePair<string, StringValues> header in context.Request.Headers)
        {
            if (HeaderFault(context.Request, header.Key, header.Value) is ProblemReply problem)
            {
                return problem;
            }
        }

        return null;
    }

    private static ProblemReply? HeaderFault(HttpRequest request, string name, StringValues value)
    {
        // Every header passes here, and most begin with another letter.
        switch (name[0])
        {
            case 'S' or 's' when Is(name, SecFetchSite):
                return value.Count == 1 && value[0] is "same-origin" or "none"
                    ? null
                    : Problem($"{SecFetchSite} says that a page of another site sent the request; open the server's own address instead.", SecFetchSite);
            case 'O' or 'o' when Is(name, HeaderNames.Origin):
                return value.Count == 1 && Is(value[0], $"{request.Scheme}://{request.Host}")
                    ? null
                    : Problem($"Origin is not {request.Scheme}://{request.Host}: a page of another site sent the request. Send it from a program instead.", HeaderNames.Origin);
            case 'X' or 'x' when name.StartsWith(ForwardedPrefix, StringComparison.OrdinalIgnoreCase):
            case 'F' or 'f' or 'X' or 'x' or 'V' or 'v' or 'S' or 's' when Refused.Contains(name, StringComparer.OrdinalIgnoreCase):
                return Problem($"{name} says that the request was forwarded or made ahead of time; send it to the server directly, without this header.", name);
            default:
                return null;
        }
    }

    private static bool Is(string? text, string expected) => string.Equals(text, expected, StringComparison.OrdinalIgnoreCase);

    private static ProblemReply Problem(string detail, string? member = null) => new(ProblemTable.ProtectedMode, detail, member);
}
