using Pointbook.Contracts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Idempotency;
using Pointbook.Server.Json;

namespace Pointbook.Server.Spends;

/// <summary>Reads the command to spend points out of a request.</summary>
internal sealed class SpendReader(JsonBody body)
{
    /// <summary>Reads the command.</summary>
    public async ValueTask<Parsed<SpendPoints>> ReadAsync(HttpRequest request, AccountId account)
    {
        Parsed<SpendRequest> parsed = await body.ReadAsync(request, RequestJson.Default.SpendRequest);
        return parsed.IsRefused
            ? parsed.Problem
            : IdempotencyHeader.Apply(request, new SpendPoints(account, new Points(parsed.Value.Points)));
    }
}
