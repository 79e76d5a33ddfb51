using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Json;

/// <summary>Bodies have to say that they are JSON: a page of another site cannot say so without asking first.</summary>
internal static class JsonContentType
{
    private const string MediaType = "application/json";
    private const string Fix = "send it with -H 'Content-Type: application/json'";

    /// <summary>What is wrong with the declaration of a request's body, or null.</summary>
    public static ProblemReply? Fault(HttpRequest request)
    {
        if (!StringValues.IsNullOrEmpty(request.Headers.ContentEncoding))
        {
            return new ProblemReply(
                ProblemTable.UnsupportedMediaType, "Content-Encoding is not supported; send the body as it is.", HeaderNames.ContentEncoding);
        }

        string? contentType = request.ContentType;
        if (string.Equals(contentType, MediaType, StringComparison.OrdinalIgnoreCase) || IsJson(contentType))
        {
            return null;
        }

        if (string.IsNullOrEmpty(contentType))
        {
            return request.ContentLength is null or 0 && StringValues.IsNullOrEmpty(request.Headers.TransferEncoding)
                ? JsonFaults.EmptyBody()
                : Unsupported($"The body has no Content-Type; {Fix}.");
        }

        return Unsupported($"The body has a Content-Type other than JSON in UTF-8; {Fix}.");
    }

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? parsed)
        && parsed.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase)
        && (!parsed.Charset.HasValue || HeaderUtilities.RemoveQuotes(parsed.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static ProblemReply Unsupported(string detail) => new(ProblemTable.UnsupportedMediaType, detail, HeaderNames.ContentType);
}
