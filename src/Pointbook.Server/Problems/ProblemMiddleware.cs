using Microsoft.Extensions.Options;
using Pointbook.Ledger.Commands;
using Pointbook.Server.Hosting;
using Pointbook.Server.Json;

namespace Pointbook.Server.Problems;

/// <summary>Gives a problem as the body to what failed without one: no route, wrong method, broken HTTP, an exception.</summary>
internal sealed class ProblemMiddleware(
    RequestDelegate next, IOptions<HttpOptions> options, IHostApplicationLifetime lifetime, ILogger<ProblemMiddleware> logger)
{
    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        Task task;
        try
        {
            task = next(context);
        }
        catch (Exception exception)
        {
            // What fails before its first await is treated as what fails after it.
            task = Task.FromException(exception);
        }

        return task.IsCompletedSuccessfully && context.Response.StatusCode < StatusCodes.Status400BadRequest
            ? Task.CompletedTask
            : FinishAsync(context, task);
    }

    /// <summary>The reply to a request that Kestrel gave up while it was read.</summary>
    public static ProblemReply From(BadHttpRequestException exception, HttpOptions options)
    {
        ProblemKind kind = ProblemTable.OfStatus(exception.StatusCode);
        return kind == ProblemTable.BodyTooLarge ? JsonBody.TooLarge(options) : new ProblemReply(kind, kind.Status switch
        {
            StatusCodes.Status408RequestTimeout => "The body arrived too slowly; nothing was written. Send the request again.",
            _ => "The request could not be read as HTTP; check its length and its encoding.",
        });
    }

    private async Task FinishAsync(HttpContext context, Task task)
    {
        try
        {
            await task;
            if (context.Response.StatusCode >= StatusCodes.Status400BadRequest)
            {
                await ReplyAsync(context, FromStatus(context));
            }
        }
        catch (BadHttpRequestException exception)
        {
            await ReplyAsync(context, From(exception, options.Value));
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to tell.
        }
        catch (ObjectDisposedException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The server closed its store while the request ran. Whatever was decided before is answered before that.
            await ReplyAsync(context, RefusalReplies.From(new Refusal(RefusalCode.ShuttingDown)));
        }
        catch (Exception exception)
        {
            LogMessages.RequestFailed(logger, exception, context.Request.Method, context.TraceIdentifier);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            await ReplyAsync(context, new ProblemReply(
                ProblemTable.InternalError,
                $"The server failed; its log has the reason under {context.TraceIdentifier}. The request may have been carried out: send it "
                + "again with the same Idempotency-Key; without a key, look at the balance first."));
        }
    }

    private static ProblemReply FromStatus(HttpContext context)
    {
        ProblemKind kind = ProblemTable.OfStatus(context.Response.StatusCode);
        return new ProblemReply(kind, kind.Status switch
        {
            StatusCodes.Status404NotFound => "There is nothing at this path; check it against the API's description.",
            StatusCodes.Status405MethodNotAllowed => $"This path does not take {context.Request.Method}; send {context.Response.Headers.Allow}.",
            _ => $"The request was answered with status {context.Response.StatusCode}.",
        });
    }

    private static Task ReplyAsync(HttpContext context, ProblemReply reply)
    {
        HttpResponse response = context.Response;
        // A reply that has a body says already what is wrong.
        return response.HasStarted || response.ContentLength is not null || response.ContentType is not null
            ? Task.CompletedTask
            : reply.ExecuteAsync(context);
    }
}
