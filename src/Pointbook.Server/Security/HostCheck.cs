using Microsoft.Net.Http.Headers;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Refuses a host with an invalid encoded international name. ASP.NET Core would fail wherever it reads the host.</summary>
internal sealed class HostCheck(RequestDelegate next)
{
    private const string EncodedPrefix = "xn--";

    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Headers.Host.ToString().Contains(EncodedPrefix, StringComparison.OrdinalIgnoreCase))
        {
            try
            {
                _ = context.Request.Host;
            }
            catch (ArgumentException)
            {
                return new ProblemReply(
                    ProblemTable.BadRequest, "`Host` contains a label that begins with xn-- but is not a valid encoded name. Send the name of the server.", HeaderNames.Host).ExecuteAsync(context);
            }
        }

        return next(context);
    }
}
