using System.Text.Json.Serialization.Metadata;

namespace Pointbook.Server.Json;

/// <summary>A reply with a JSON body. Immutable.</summary>
/// <typeparam name="T">The type of the body.</typeparam>
/// <param name="status">The HTTP status.</param>
/// <param name="value">The value of the body.</param>
/// <param name="typeInfo">The rules for writing it.</param>
internal sealed class JsonReply<T>(int status, T value, JsonTypeInfo<T> typeInfo) : IResult, IStatusCodeHttpResult, IValueHttpResult<T>
{
    /// <inheritdoc/>
    public T? Value => value;

    /// <inheritdoc/>
    public int? StatusCode => status;

    /// <summary>Whether the server repeats its answer to an earlier request with the same Idempotency-Key.</summary>
    public bool IsReplay { get; init; }

    /// <summary>The path of the created resource, or null.</summary>
    public string? Location { get; init; }

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.StatusCode = status;
        if (Location is not null)
        {
            response.Headers.Location = Location;
        }

        Idempotency.IdempotencyHeader.MarkReplay(response, IsReplay);
        return ReplyWriter.WriteAsync(response, value, typeInfo, "application/json; charset=utf-8");
    }
}
