using System.Text.Json;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>Reads the problem from a reply.</summary>
internal static class ProblemBody
{
    private const string MediaType = "application/problem+json";
    private const int LengthMax = 1_048_576;

    /// <summary>Reads the problem, or returns null if the reply contains none. Callers may read it several times.</summary>
    public static async Task<Problem?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != MediaType)
        {
            return null;
        }

        try
        {
            await response.Content.LoadIntoBufferAsync(LengthMax, cancellationToken).ConfigureAwait(false);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return JsonSerializer.Deserialize(body, ReplyJson.Default.Problem);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
