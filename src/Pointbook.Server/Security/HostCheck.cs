using Microsoft.Net.Http.Headers;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Refuses hosts whose international name no name decodes to. ASP.NET Core fails on them wherever it reads the host.</summary>
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
                    ProblemTable.BadRequest, "Host holds a label that begins with xn-- and is no encoded name; send the name of the server.", HeaderNames.Host).ExecuteAsync(context);
            }
        }

        return next(context);
    }
}
