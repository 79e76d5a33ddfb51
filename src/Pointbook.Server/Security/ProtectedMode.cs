using System.Net;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Pointbook.Access;
using Pointbook.Server.Classic;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>While there are no keys: only direct requests of programs on this machine are served, and of no foreign page in its browser.</summary>
internal sealed class ProtectedMode(RequestDelegate next, AccessMode mode)
{
    private const string SecFetchSite = "Sec-Fetch-Site";
    private static readonly string[] Refused = ["Forwarded", "X-Real-IP", "Via", "Sec-Purpose"];
    private static readonly string[] RefusedPrefixes = ["X-Forwarded", "X-Original-"];

    /// <summary>Handles one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        bool mayBeProtected;
        try
        {
            mayBeProtected = await mode.IsProtectedAsync();
        }
        catch (KeyStoreException)
        {
            // Routes for everybody, such as whether the process lives, answer all the same; the others ask again who may.
            mayBeProtected = true;
        }

        if (mayBeProtected && Fault(context) is { } problem)
        {
            await problem.ExecuteAsync(context);
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

        // As it was sent: Request.Host decodes international names, and throws where that fails.
        if (!Loopback.IsLoopbackHost(new HostString(context.Request.Headers.Host.ToString())))
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
                return SiteFault(request, value);
            case 'O' or 'o' when Is(name, HeaderNames.Origin):
                return value.Count == 1 && Is(value[0], $"{request.Scheme}://{request.Host}")
                    ? null
                    : Problem($"Origin is not {request.Scheme}://{request.Host}: a page of another site sent the request. Send it from a program instead.", HeaderNames.Origin);
            case 'X' or 'x' when Array.Exists(RefusedPrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)):
            case 'F' or 'f' or 'X' or 'x' or 'V' or 'v' or 'S' or 's' when Refused.Contains(name, StringComparer.OrdinalIgnoreCase):
                return Problem($"{name} says that the request was forwarded or made ahead of time; send it to the server directly, without this header.", name);
            default:
                return null;
        }
    }

    private static ProblemReply? SiteFault(HttpRequest request, StringValues value) => (value.Count == 1 ? value[0] : null) switch
    {
        "same-origin" => null,
        // An address that was typed or came in a mail says none, and so does whatever address its site sends the browser on to.
        // This path alone changes something when it is merely opened.
        "none" when request.Path.StartsWithSegments(FlushEndpoint.Path) => Problem(
            $"{SecFetchSite} says that a browser opened this address, perhaps because a page of another site sent it there; send the request from a program instead.",
            SecFetchSite),
        "none" => null,
        _ => Problem($"{SecFetchSite} says that a page of another site sent the request; open the server's own address instead.", SecFetchSite),
    };

    private static bool Is(string? text, string expected) => string.Equals(text, expected, StringComparison.OrdinalIgnoreCase);

    private static ProblemReply Problem(string detail, string? member = null) => new(ProblemTable.ProtectedMode, detail, member);
}
