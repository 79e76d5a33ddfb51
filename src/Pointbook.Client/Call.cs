using System.Net.Http.Headers;

namespace Pointbook.Client;

/// <summary>A request, from which the client creates one HTTP message per attempt. Immutable.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Path">The path and query, relative to the server's address.</param>
internal sealed record Call(HttpMethod Method, string Path)
{
    private const string KeyHeader = "Idempotency-Key";

    /// <summary>The JSON body, or null.</summary>
    public byte[]? Body { get; init; }

    /// <summary>The idempotency key, or null.</summary>
    public string? Key { get; init; }

    /// <summary>The media type to accept, or null for any.</summary>
    public string? Accept { get; init; }

    /// <summary>Whether the request is safe to repeat without an idempotency key.</summary>
    public bool IsQuestion { get; init; }

    /// <summary>Whether the client may send the request again if its outcome is unknown.</summary>
    public bool IsRepeatable => IsQuestion || Key is not null;

    /// <summary>Creates the HTTP message.</summary>
    /// <param name="authorization">The credentials, or null.</param>
    public HttpRequestMessage ToRequest(AuthenticationHeaderValue? authorization)
    {
        HttpRequestMessage request = new(Method, new Uri(Path, UriKind.Relative));
        request.Headers.Authorization = authorization;
        if (Body is not null)
        {
            request.Content = new ByteArrayContent(Body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        if (Key is not null)
        {
            // A quoted string, so that the key may begin with a quote and contain any printable character.
            request.Headers.TryAddWithoutValidation(KeyHeader, $"\"{Key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        }

        if (Accept is not null)
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(Accept));
        }

        return request;
    }
}
