using System.Net;
using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Primitives;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Queries;

/// <summary>Refuses query parameters that an endpoint does not take, or that are there twice: a filter that is overlooked answers another question.</summary>
/// <remarks>It looks only at endpoints that say what they take with <see cref="QueryNames"/>; the classic routes do not.</remarks>
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
            return new ProblemReply(ProblemTable.InvalidParameter, "The query is not valid UTF-8 behind its percent signs; encode it as UTF-8.");
        }

        foreach ((string name, StringValues values) in request.Query)
        {
            if (!known.Contains(name))
            {
                string shown = name.Length <= 60 ? name : string.Concat(name.AsSpan(0, 60), "…");
                return new ProblemReply(ProblemTable.UnknownParameter, $"{shown} is no parameter here; {Fix(name, known)}.", shown);
            }

            if (values.Count != 1)
            {
                return new ProblemReply(ProblemTable.InvalidParameter, $"{name} is there {values.Count} times; send it once.", name);
            }
        }

        return null;
    }

    private static string Fix(string name, IReadOnlyList<string> known)
    {
        string? meant = known.FirstOrDefault(other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase));
        return meant is not null ? $"send {meant}: names are case-sensitive"
            : known.Count == 0 ? "remove it: there are none"
            : $"remove it, or send one of {string.Join(", ", known)}";
    }
}
