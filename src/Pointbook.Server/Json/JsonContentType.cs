using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Json;

/// <summary>Checks that a body is declared as JSON: a browser page of another site cannot declare that without a preflight.</summary>
internal static class JsonContentType
{
    private const string MediaType = "application/json";
    private const string Fix = "Send it with -H 'Content-Type: application/json'";

    /// <summary>Describes the fault in the declaration of a request's body, or returns null.</summary>
    public static ProblemReply? Fault(HttpRequest request)
    {
        if (EncodingFault(request) is ProblemReply fault)
        {
            return fault;
        }

        string? contentType = request.ContentType;
        if (string.Equals(contentType, MediaType, StringComparison.OrdinalIgnoreCase) || Is(contentType, MediaType))
        {
            return null;
        }

        if (string.IsNullOrEmpty(contentType))
        {
            return request.ContentLength is null or 0 && StringValues.IsNullOrEmpty(request.Headers.TransferEncoding)
                ? JsonFaults.EmptyBody()
                : Unsupported($"The body has no `Content-Type`. {Fix}.");
        }

        return Unsupported($"The `Content-Type` of the body is not JSON in UTF-8. {Fix}.");
    }

    /// <summary>Describes the fault in the encoding of a request's body, or returns null.</summary>
    public static ProblemReply? EncodingFault(HttpRequest request) =>
        StringValues.IsNullOrEmpty(request.Headers.ContentEncoding)
            ? null
            : new ProblemReply(
                ProblemTable.UnsupportedMediaType, "`Content-Encoding` is not supported. Send the body without encoding.", HeaderNames.ContentEncoding);

    /// <summary>Whether a body is declared to have a media type, in UTF-8.</summary>
    public static bool Is(string? contentType, string mediaType) =>
        MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? parsed)
        && parsed.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase)
        && (!parsed.Charset.HasValue || HeaderUtilities.RemoveQuotes(parsed.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static ProblemReply Unsupported(string detail) => new(ProblemTable.UnsupportedMediaType, detail, HeaderNames.ContentType);
}
