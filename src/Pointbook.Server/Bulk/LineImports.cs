using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using Pointbook.Engine;
using Pointbook.Server.Hosting;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;

namespace Pointbook.Server.Bulk;

/// <summary>The imports that run. Thread-safe.</summary>
internal sealed class LineImports(
    ILedger ledger,
    IOptions<BulkOptions> options,
    IOptions<HttpOptions> httpOptions,
    CallerWatch watch,
    TimeProvider clock,
    IHostApplicationLifetime lifetime) : IDisposable
{
    // A sender that reads its reply only after everything was sent gets it, even if the import stopped long before.
    private static readonly TimeSpan RestReadWithin = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _places = new(options.Value.ImportsMax);

    /// <summary>An import, or the refusal of it.</summary>
    public IResult Begin() => _places.Wait(0)
        ? new Running(this)
        : new ProblemReply(
            ProblemTable.Overloaded, $"{options.Value.ImportsMax} imports are running already; nothing was written. Send this one again after Retry-After seconds.");

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private async Task RunAsync(HttpContext context)
    {
        LiftLimits(context);
        using LineImport import = new(context, ledger, options.Value, httpOptions.Value, watch, clock, lifetime.ApplicationStopping);
        await watch.RunAsync(
            context,
            async gone =>
            {
                // An import may wait for its next line for hours.
                await using CancellationTokenRegistration stop = gone.Register(context.Request.BodyReader.CancelPendingRead);
                await import.RunAsync(gone);
                if (import.Stopped is not null && !gone.IsCancellationRequested)
                {
                    await ReadRestAsync(context, gone);
                }
            },
            lifetime.ApplicationStopping);
    }

    /// <summary>An import may be as long as it likes, and its pace is the ledger's and the sender's.</summary>
    private static void LiftLimits(HttpContext context)
    {
        RequestTimeouts.Lift(context);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } requestRate)
        {
            requestRate.MinDataRate = null;
        }

        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } responseRate)
        {
            responseRate.MinDataRate = null;
        }
    }

    private async Task ReadRestAsync(HttpContext context, CancellationToken gone)
    {
        PipeReader body = context.Request.BodyReader;
        using CancellationTokenSource late = new(RestReadWithin, clock);
        using CancellationTokenRegistration stop = late.Token.Register(body.CancelPendingRead);
        try
        {
            ReadResult result;
            do
            {
                result = await body.ReadAsync(CancellationToken.None);
                body.AdvanceTo(result.Buffer.End);
            }
            while (!result.IsCompleted && !result.IsCanceled && !gone.IsCancellationRequested);
        }
        catch (Exception failure) when (failure is BadHttpRequestException || context.RequestAborted.IsCancellationRequested)
        {
            // The sender took its reply and ended the request, which is what it should do.
        }
    }

    private sealed class Running(LineImports imports) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            try
            {
                await imports.RunAsync(httpContext);
            }
            finally
            {
                imports._places.Release();
            }
        }
    }
}
