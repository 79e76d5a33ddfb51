using Microsoft.Extensions.Options;
using Pointbook.Ledger.Commands;
using Pointbook.Server.Hosting;
using Pointbook.Server.Json;

namespace Pointbook.Server.Problems;

/// <summary>Replies with a problem to failures without a body: no route, wrong method, invalid HTTP, an exception.</summary>
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
            // Failures before and after the first await are handled alike.
            task = Task.FromException(exception);
        }

        return task.IsCompletedSuccessfully && context.Response.StatusCode < StatusCodes.Status400BadRequest
            ? Task.CompletedTask
            : FinishAsync(context, task);
    }

    /// <summary>The reply to a request that Kestrel rejected while reading it.</summary>
    public static ProblemReply From(BadHttpRequestException exception, HttpOptions options)
    {
        ProblemKind kind = ProblemTable.OfStatus(exception.StatusCode);
        return kind == ProblemTable.BodyTooLarge ? JsonBody.TooLarge(options) : new ProblemReply(kind, kind.Status switch
        {
            StatusCodes.Status408RequestTimeout => "The request body arrived too slowly. Nothing was written. Send the request again.",
            _ => "The server could not read the request as HTTP. Check the length and the transfer encoding of the body.",
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
            // The client has disconnected, so no reply is possible.
        }
        catch (ObjectDisposedException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The server closed its store during the request. It answers everything that it had decided before it closes the store.
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
                $"The server failed. Its log contains the reason under {context.TraceIdentifier}. The request may have been carried out. Send it "
                + "again with the same `Idempotency-Key`. If it had none, check the balance first."));
        }
    }

    private static ProblemReply FromStatus(HttpContext context)
    {
        ProblemKind kind = ProblemTable.OfStatus(context.Response.StatusCode);
        return new ProblemReply(kind, kind.Status switch
        {
            StatusCodes.Status404NotFound => "No resource exists at this path. Compare the path with the API description.",
            StatusCodes.Status405MethodNotAllowed => $"This path does not support {context.Request.Method}. Supported methods: {context.Response.Headers.Allow}.",
            _ => $"The server answered the request with status {context.Response.StatusCode}.",
        });
    }

    private static Task ReplyAsync(HttpContext context, ProblemReply reply)
    {
        HttpResponse response = context.Response;
        // A reply with a body already describes the problem.
        return response.HasStarted || response.ContentLength is not null || response.ContentType is not null
            ? Task.CompletedTask
            : reply.ExecuteAsync(context);
    }
}
