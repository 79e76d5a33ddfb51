using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Keys;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Tells whether callers whose requests take long still are who they were. Thread-safe.</summary>
internal sealed class CallerWatch(KeyRing keys, AccessMode mode, IOptions<KeyOptions> options, TimeProvider clock)
{
    /// <summary>Runs what may take long for a caller, and asks again and again whether it may go on.</summary>
    /// <param name="context">The request.</param>
    /// <param name="run">What it is, given what ends it: the caller is not let in any longer, or <paramref name="end"/>.</param>
    /// <param name="end">Ends it as well.</param>
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

    /// <summary>Why a caller would not be let in any longer, or null. Whoever asks answers with it.</summary>
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

    /// <summary>Waits until the caller is not let in any longer, and says why; null if what it asked for was done before.</summary>
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
            // There is nothing to watch over any longer.
        }

        return null;
    }
}
