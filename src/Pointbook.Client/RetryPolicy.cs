using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Pointbook.Contracts;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Pointbook.Client;

/// <summary>Decides whether and when the client sends a request again. It repeats only requests that are safe to repeat.</summary>
internal static class RetryPolicy
{
    /// <summary>For requests that the client may send again.</summary>
    public static ResiliencePipeline<HttpResponseMessage> Repeating(PointbookClientOptions options)
    {
        ResiliencePipelineBuilder<HttpResponseMessage> builder = new() { TimeProvider = options.Clock };
        if (options.AttemptsMax > 1)
        {
            builder.AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = options.AttemptsMax - 1,
                Delay = options.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldRetryAfterHeader = true,
                ShouldHandle = outcome => ShouldRetryAsync(outcome, options),
            });
        }

        return builder.AddTimeout(options.AttemptTimeout).Build();
    }

    /// <summary>For requests that the client must not send again.</summary>
    public static ResiliencePipeline<HttpResponseMessage> Once(PointbookClientOptions options) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = options.Clock }.AddTimeout(options.AttemptTimeout).Build();

    private static async ValueTask<bool> ShouldRetryAsync(RetryPredicateArguments<HttpResponseMessage> outcome, PointbookClientOptions options)
    {
        if (outcome.Outcome.Result is not { } response)
        {
            return outcome.Outcome.Exception is HttpRequestException or TimeoutException or TimeoutRejectedException;
        }

        if (response.IsSuccessStatusCode || !MayPass(response.StatusCode) || AsksForMoreThan(options, response))
        {
            return false;
        }

        Problem? problem = await ProblemBody.ReadAsync(response, outcome.Context.CancellationToken).ConfigureAwait(false);
        return problem is null
            ? response.StatusCode is not HttpStatusCode.InternalServerError
            : problem.Retry is RetryAdvice.Later or RetryAdvice.SameKey;
    }

    /// <summary>Whether another attempt may succeed after this status. Other statuses are final, whoever sent them.</summary>
    private static bool MayPass(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;

    private static bool AsksForMoreThan(PointbookClientOptions options, HttpResponseMessage response)
    {
        TimeSpan? wait = response.Headers.RetryAfter?.Delta ?? response.Headers.RetryAfter?.Date - options.Clock.GetUtcNow();
        return wait > options.RetryAfterMax;
    }
}
