using System.Net;
using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Primitives;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Queries;

/// <summary>Refuses unknown or repeated query parameters: if the server ignored a filter, it would answer a different question.</summary>
/// <remarks>It checks only endpoints that declare their parameters with <see cref="QueryNames"/>; the classic routes do not.</remarks>
internal sealed class QueryCheck(RequestDelegate next)
{
    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context) =>
        context.Request.QueryString.HasValue && context.GetEndpoint()?.Metadata.GetMetadata<QueryNames>() is { } known
        && Fault(context.Request, known.Names) is { } problem
            ? problem.ExecuteAsync(context)
            : next(context);

    private static ProblemReply? Fault(HttpRequest request, IReadOnlyList<string> known)
    {
        byte[] raw = Encoding.UTF8.GetBytes(request.QueryString.Value!);
        if (!Utf8.IsValid(WebUtility.UrlDecodeToBytes(raw, 0, raw.Length)))
        {
            return new ProblemReply(ProblemTable.InvalidParameter, "The percent-encoded bytes of the query are not valid UTF-8. Encode the query as UTF-8.");
        }

        foreach ((string name, StringValues values) in request.Query)
        {
            if (!known.Contains(name))
            {
                string shown = name.Length <= 60 ? name : string.Concat(name.AsSpan(0, 60), "…");
                return new ProblemReply(ProblemTable.UnknownParameter, $"The parameter `{shown}` is unknown. {Fix(name, known)}.", shown);
            }

            if (values.Count != 1)
            {
                return new ProblemReply(ProblemTable.InvalidParameter, $"The parameter `{name}` is present {values.Count} times. Send it once.", name);
            }
        }

        return null;
    }

    private static string Fix(string name, IReadOnlyList<string> known)
    {
        string? meant = known.FirstOrDefault(other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase));
        return meant is not null ? $"Send `{meant}`: names are case-sensitive"
            : known.Count == 0 ? "Remove it: this endpoint has no parameters"
            : $"Valid parameters: {string.Join(", ", known)}";
    }
}
