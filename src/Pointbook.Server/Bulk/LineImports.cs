using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using Pointbook.Engine;
using Pointbook.Server.Hosting;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;

namespace Pointbook.Server.Bulk;

/// <summary>The running imports. Thread-safe.</summary>
internal sealed class LineImports(
    ILedger ledger,
    IOptions<BulkOptions> options,
    IOptions<HttpOptions> httpOptions,
    CallerWatch watch,
    TimeProvider clock,
    IHostApplicationLifetime lifetime) : IDisposable
{
    // A client that sends everything before it reads gets its reply, even if the import stopped long before.
    private static readonly TimeSpan RestReadWithin = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _places = new(options.Value.ImportsMax);

    /// <summary>Begins an import, or refuses it.</summary>
    public IResult Begin() => _places.Wait(0)
        ? new Running(this)
        : new ProblemReply(
            ProblemTable.Overloaded, $"The server already runs the maximum of {options.Value.ImportsMax} imports. Nothing was written. Send the import again after `Retry-After` seconds.");

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
                // An import may wait hours for its next line.
                await using CancellationTokenRegistration stop = gone.Register(context.Request.BodyReader.CancelPendingRead);
                await import.RunAsync(gone);
                if (import.Stopped is not null && !gone.IsCancellationRequested)
                {
                    await ReadRestAsync(context, gone);
                }
            },
            lifetime.ApplicationStopping);
    }

    /// <summary>Removes the limits on size, duration and data rate: an import has any length, and the ledger and the client set its pace.</summary>
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
            // The client read its reply and ended the request, as it should.
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
