using System.Net.Http.Headers;

namespace Pointbook.Client;

/// <summary>One request, which can be made as often as it is sent. Immutable.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path and query, relative to the server's address.</param>
internal sealed record Call(HttpMethod Method, string Path)
{
    private const string KeyHeader = "Idempotency-Key";

    /// <summary>Its JSON body, or null.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Its idempotency key, or null.</summary>
    public string? Key { get; init; }

    /// <summary>What it accepts in reply, or null for what there is.</summary>
    public string? Accept { get; init; }

    /// <summary>Whether sending it twice does no more than sending it once, though it has no key.</summary>
    public bool IsQuestion { get; init; }

    /// <summary>Whether it may be sent again if nobody knows what became of it.</summary>
    public bool IsRepeatable => IsQuestion || Key is not null;

    /// <summary>Makes the request.</summary>
    /// <param name="authorization">Who sends it, or null.</param>
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
            // As a quoted string, which may begin with a quote and hold any printable character.
            request.Headers.TryAddWithoutValidation(KeyHeader, $"\"{Key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        }

        if (Accept is not null)
        {
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(Accept));
        }

        return request;
    }
}
