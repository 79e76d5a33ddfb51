using System.Net;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Pointbook.Access;
using Pointbook.Server.Classic;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Until a key exists, serves only direct requests from programs on this machine, and none from pages of other sites in its browser.</summary>
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
            // Public routes, such as the liveness check, still answer; the others check access again.
            mayBeProtected = true;
        }

        if (mayBeProtected && Fault(context) is { } problem)
        {
            await problem.ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    /// <summary>Why the server refuses a request, or null.</summary>
    public static ProblemReply? Fault(HttpContext context)
    {
        IPAddress? peer = context.Connection.RemoteIpAddress;
        if (peer is null || !Loopback.IsLoopback(peer))
        {
            return Problem("The request comes from another machine. Send it from the server's own machine, or create an API key there first.");
        }

        // The raw header: Request.Host decodes international names, and throws if that fails.
        if (!Loopback.IsLoopbackHost(new HostString(context.Request.Headers.Host.ToString())))
        {
            return Problem("`Host` does not name this machine. Address the server as localhost, 127.0.0.1 or [::1].", HeaderNames.Host);
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
        // This runs for every header, and most begin with another letter.
        switch (name[0])
        {
            case 'S' or 's' when Is(name, SecFetchSite):
                return SiteFault(request, value);
            case 'O' or 'o' when Is(name, HeaderNames.Origin):
                return value.Count == 1 && Is(value[0], $"{request.Scheme}://{request.Host}")
                    ? null
                    : Problem($"`Origin` is not {request.Scheme}://{request.Host}: a page of another site sent the request. Send it from a program instead.", HeaderNames.Origin);
            case 'X' or 'x' when Array.Exists(RefusedPrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)):
            case 'F' or 'f' or 'X' or 'x' or 'V' or 'v' or 'S' or 's' when Refused.Contains(name, StringComparer.OrdinalIgnoreCase):
                return Problem($"The header `{name}` shows that the request was forwarded or prefetched. Send it directly to the server, without this header.", name);
            default:
                return null;
        }
    }

    private static ProblemReply? SiteFault(HttpRequest request, StringValues value) => (value.Count == 1 ? value[0] : null) switch
    {
        "same-origin" => null,
        // A browser sends "none" for an address that was typed or comes from an e-mail, and also after a redirect from there.
        // Only this path changes something when a browser merely opens it.
        "none" when request.Path.StartsWithSegments(FlushEndpoint.Path) => Problem(
            $"`{SecFetchSite}` shows that a browser opened this address, perhaps directed by a page of another site. Send the request from a program instead.",
            SecFetchSite),
        "none" => null,
        _ => Problem($"`{SecFetchSite}` shows that a page of another site sent the request. Open the server's own address instead.", SecFetchSite),
    };

    private static bool Is(string? text, string expected) => string.Equals(text, expected, StringComparison.OrdinalIgnoreCase);

    private static ProblemReply Problem(string detail, string? member = null) => new(ProblemTable.ProtectedMode, detail, member);
}
