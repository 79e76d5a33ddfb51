namespace Pointbook.Server.Json;

/// <summary>A 200 reply with a line of text. Immutable.</summary>
/// <param name="utf8">The text.</param>
internal sealed class TextReply(byte[] utf8) : IResult, IStatusCodeHttpResult
{
    /// <inheritdoc/>
    public int? StatusCode => StatusCodes.Status200OK;

    /// <summary>Whether the server repeats its answer to an earlier request with the same Idempotency-Key.</summary>
    public bool IsReplay { get; init; }

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        Idempotency.IdempotencyHeader.MarkReplay(httpContext.Response, IsReplay);
        return ReplyWriter.WriteAsync(httpContext.Response, utf8, "text/plain; charset=utf-8");
    }
}
