using System.Text.Json;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>Reads the problem from a reply.</summary>
internal static class ProblemBody
{
    private const string MediaType = "application/problem+json";
    private const int LengthMax = 1_048_576;

    /// <summary>Receives the problem, if the reply contains one.</summary>
    /// <exception cref="HttpRequestException">The connection broke, or the problem is too long.</exception>
    public static Task LoadAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        HasProblem(response) ? response.Content.LoadIntoBufferAsync(LengthMax, cancellationToken) : Task.CompletedTask;

    /// <summary>Reads the problem, or returns null if the reply contains none. Callers may read it several times.</summary>
    public static async Task<Problem?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!HasProblem(response))
        {
            return null;
        }

        try
        {
            await LoadAsync(response, cancellationToken).ConfigureAwait(false);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return JsonSerializer.Deserialize(body, ReplyJson.Default.Problem);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool HasProblem(HttpResponseMessage response) =>
        !response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == MediaType;
}
