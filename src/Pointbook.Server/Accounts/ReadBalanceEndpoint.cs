using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Answers;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Accounts;

/// <summary><c>GET /v1/accounts/{account}/balance</c>: what the account has, in all and per payer.</summary>
internal static class ReadBalanceEndpoint
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder accounts) => accounts.MapGet("/balance", HandleAsync);

    private static async Task<Results<JsonReply<Balance>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromServices] ILedger ledger)
    {
        Parsed<AccountId> id = AccountParameter.Parse(account);
        if (id.IsRefused)
        {
            return id.Problem;
        }

        Outcome<AccountBalance> outcome = await ledger.ReadBalanceAsync(id.Value, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Balance>(StatusCodes.Status200OK, ToContract(outcome.Value), ReplyJson.Default.Balance);
    }

    private static Balance ToContract(AccountBalance balance) => new(
        balance.Account.Value,
        balance.Points.Value,
        Held: 0, // There are no pending spends yet.
        [.. balance.Payers.Select(line => new Contracts.PayerBalance(line.Payer.Value, line.Points.Value))],
        balance.AsOf.ToDateTimeOffset());
}
