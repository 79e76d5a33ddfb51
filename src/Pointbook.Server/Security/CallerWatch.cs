using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Keys;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Tells whether callers whose requests take long still are who they were. Thread-safe.</summary>
internal sealed class CallerWatch(KeyRing keys, AccessMode mode, TimeProvider clock)
{
    /// <summary>Why whoever sent a request that is being answered would not be let in any longer, or null. Whoever asks ends the request then.</summary>
    public async ValueTask<ProblemReply?> FindFaultAsync(HttpContext context)
    {
        ProblemReply? fault = await FindFaultAsync(context.Caller());
        if (fault is not null)
        {
            PartialRefusals.Of(context).EndWith(fault);
        }

        return fault;
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
}
