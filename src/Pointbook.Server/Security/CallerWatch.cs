using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Keys;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Checks whether the callers of long requests still have access. Thread-safe.</summary>
internal sealed class CallerWatch(KeyRing keys, AccessMode mode, IOptions<KeyOptions> options, TimeProvider clock)
{
    /// <summary>Runs a long operation for a caller, and checks regularly whether the caller still has access.</summary>
    /// <param name="context">The request.</param>
    /// <param name="run">The operation. Its token signals that the caller has lost access, or <paramref name="end"/>.</param>
    /// <param name="end">Also ends the operation.</param>
    public async Task RunAsync(HttpContext context, Func<CancellationToken, Task> run, CancellationToken end)
    {
        using CancellationTokenSource gone = CancellationTokenSource.CreateLinkedTokenSource(end);
        using CancellationTokenSource done = new();
        Task<ProblemReply?> watching = WatchAsync(context.Caller(), gone, done.Token);
        try
        {
            await run(gone.Token);
        }
        finally
        {
            await done.CancelAsync();
            if (await watching is { } fault)
            {
                PartialRefusals.Of(context).EndWith(fault);
            }
        }
    }

    /// <summary>Why a caller has lost access, or null. The code that calls this must reply with it.</summary>
    public async ValueTask<ProblemReply?> FindFaultAsync(Caller caller)
    {
        try
        {
            return Credentials.Expired(caller, Instant.FromDateTimeOffset(clock.GetUtcNow())) is { } expired ? expired
                : caller.Key is { } key ? (await keys.ReadAsync()).Contains(key) ? null : Credentials.UnknownKey()
                : caller.Actor is null && !await mode.IsProtectedAsync() ? Credentials.Missing()
                : null;
        }
        catch (KeyStoreException)
        {
            return Credentials.KeysUnavailable();
        }
    }

    /// <summary>Waits until the caller has lost access, and returns the reason; null if the operation ended before.</summary>
    private async Task<ProblemReply?> WatchAsync(Caller caller, CancellationTokenSource gone, CancellationToken done)
    {
        using PeriodicTimer timer = new(options.Value.RefreshInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(done))
            {
                if (await FindFaultAsync(caller) is { } fault)
                {
                    await gone.CancelAsync();
                    return fault;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The operation has ended.
        }

        return null;
    }
}
