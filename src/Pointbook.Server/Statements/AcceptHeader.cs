using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Pointbook.Server.Statements;

/// <summary>Chooses the media type of a reply: <c>Accept</c> as in RFC 9110.</summary>
internal static class AcceptHeader
{
    /// <summary>Chooses a media type.</summary>
    /// <param name="request">The request.</param>
    /// <param name="offers">The available media types; the first one is preferred.</param>
    /// <returns>The offer that the client prefers; null if the client accepts none.</returns>
    public static string? Choose(HttpRequest request, params ReadOnlySpan<string> offers)
    {
        if (StringValues.IsNullOrEmpty(request.Headers.Accept))
        {
            return offers[0];
        }

        if (!MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out IList<MediaTypeHeaderValue>? accepted))
        {
            return null;
        }

        string? chosen = null;
        double best = 0;
        foreach (string offer in offers)
        {
            double quality = QualityOf(offer, accepted);
            if (quality > best)
            {
                (chosen, best) = (offer, quality);
            }
        }

        return chosen;
    }

    /// <summary>The client's quality for an offer, from the most specific range that matches it.</summary>
    private static double QualityOf(string offer, IList<MediaTypeHeaderValue> accepted)
    {
        MediaTypeHeaderValue type = MediaTypeHeaderValue.Parse(offer);
        MediaTypeHeaderValue? closest = accepted
            .Where(range => range.MatchesMediaType(type.MediaType))
            .MaxBy(range => range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2);
        return closest is null ? 0 : closest.Quality ?? 1;
    }
}
