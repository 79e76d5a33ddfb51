using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Accounts;

/// <summary><c>GET /v1/accounts/{account}/balance</c>: the account's balance, now or at an earlier time.</summary>
internal static class ReadBalanceEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder account) =>
        account.MapGet("/balance", HandleAsync).WithMetadata(new QueryNames(QueryNames.KnownAt, QueryNames.EffectiveAt))
        .Describes(
            "Read the balance",
            "Returns the balance of the account, in total and per payer. Expired points never count. With `knownAt`, the reply reflects only what was recorded by "
            + "that time. With `effectiveAt`, it reflects what had happened by that time. Both together return what was known at `knownAt` about `effectiveAt`.")
        .Takes(ApiParameters.KnownAt, ApiParameters.EffectiveAt)
        .Gives(StatusCodes.Status200OK, "The balance. With `effectiveAt`, sums per payer instead.", ReplyJson.Default.Balance, Examples.Balance)
        .GivesInstead(ReplyJson.Default.EffectiveBalance, Examples.EffectiveBalance)
        .Refuses([ProblemTable.KnownAtInFuture, .. ProblemSets.Read, ProblemTable.CatchingUp]);

    private static async Task<Results<JsonReply<Balance>, JsonReply<Contracts.EffectiveBalance>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromServices] ILedger ledger, [FromServices] ILedgerQueries queries)
    {
        Parsed<AccountId> id = AccountParameter.Parse(account);
        if (id.IsRefused)
        {
            return id.Problem;
        }

        QueryReader reader = new(context.Request);
        Instant? knownAt = reader.Instant(QueryNames.KnownAt);
        Instant? effectiveAt = reader.Instant(QueryNames.EffectiveAt);
        if (reader.Problem is not null)
        {
            return reader.Problem;
        }

        CancellationToken aborted = context.RequestAborted;
        if (effectiveAt is { } effective)
        {
            Outcome<Engine.Queries.EffectiveBalance> sums = await queries.ReadEffectiveBalanceAsync(id.Value, effective, knownAt, aborted);
            return sums.IsRefused
                ? RefusalReplies.From(sums.Refusal)
                : new JsonReply<Contracts.EffectiveBalance>(StatusCodes.Status200OK, ToContract(sums.Value), ReplyJson.Default.EffectiveBalance);
        }

        Outcome<AccountBalance> outcome = knownAt is { } known
            ? await queries.ReadBalanceAsOfAsync(id.Value, known, aborted)
            : await ledger.ReadBalanceAsync(id.Value, aborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Balance>(StatusCodes.Status200OK, ToContract(outcome.Value, knownAt), ReplyJson.Default.Balance);
    }

    private static Balance ToContract(AccountBalance balance, Instant? knownAt) => new(
        balance.Account.Value,
        balance.Points.Value,
        balance.Held.Value,
        [.. balance.Payers.Select(line => new Contracts.PayerBalance(line.Payer.Value, line.Points.Value))],
        balance.AsOf.ToDateTimeOffset())
    {
        KnownAt = knownAt?.ToDateTimeOffset(),
    };

    private static Contracts.EffectiveBalance ToContract(Engine.Queries.EffectiveBalance sums) => new(
        sums.Account.Value,
        sums.EffectiveAt.ToDateTimeOffset(),
        sums.KnownAt.ToDateTimeOffset(),
        Contracts.EffectiveBalance.EffectiveBasis,
        [.. sums.Payers.Select(line => new PayerSum(line.Key.Value, line.Value))]);
}
