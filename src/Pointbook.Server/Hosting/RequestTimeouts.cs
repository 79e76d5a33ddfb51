using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.Options;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Hosting;

/// <summary>Ends requests that take too long, using the middleware of ASP.NET Core.</summary>
internal static class RequestTimeouts
{
    /// <summary>Adds the required services.</summary>
    public static void AddConfiguredTimeouts(this IServiceCollection services)
    {
        services.AddRequestTimeouts();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<HttpOptions>>(static (timeouts, http) =>
            timeouts.DefaultPolicy = new RequestTimeoutPolicy
            {
                Timeout = http.Value.RequestTimeout,
                WriteTimeoutResponse = context => Late(context.Request, http.Value).ExecuteAsync(context),
            });
    }

    /// <summary>Removes the timeout of a request.</summary>
    public static void Lift(HttpContext context) => context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();

    private static ProblemReply Late(HttpRequest request, HttpOptions options) => new(
        ProblemTable.TimedOut,
        $"The request took longer than the allowed {options.RequestTimeout}. "
        + (HttpMethods.IsPost(request.Method)
            ? "It may have been carried out. Send it again with the same `Idempotency-Key`. If it had none, check the balance first."
            : "Send it again after `Retry-After` seconds."));
}
