using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Flushes;

/// <summary><c>POST /v1/accounts/{account}/flush</c>: empties the account. The journal keeps everything.</summary>
internal static class CreateFlushEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder account) => account.MapPost("/flush", HandleAsync)
        .Describes(
            "Empty an account",
            "Removes all points, pending spends and payers from the account. The journal keeps everything. The previous history becomes the "
            + "archive. The latest flush can be restored. On an empty account, a flush with an idempotency key writes one entry, so that a repeated request is a replay. "
            + "Without a key it writes nothing, and the reply has no `id` and 0 `entries`.")
        .TakesKey()
        .Takes(RequestJson.Default.NoteRequest, Examples.Note, isRequired: false)
        .Gives(StatusCodes.Status200OK, "The flush.", ReplyJson.Default.Flush, Examples.Flush)
        .Refuses([ProblemTable.InvalidText, .. ProblemSets.Write]);

    private static async Task<Results<JsonReply<Flush>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromServices] ILedger ledger, [FromServices] NoteReader reader)
    {
        Parsed<AccountId> id = AccountParameter.Parse(account);
        if (id.IsRefused)
        {
            return id.Problem;
        }

        Parsed<FlushAccount> command = await reader.ReadAsync(context.Request, new FlushAccount(id.Value));
        if (command.IsRefused)
        {
            return command.Problem;
        }

        Outcome<Receipt> outcome = await ledger.ExecuteAsync(command.Value, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Flush>(StatusCodes.Status200OK, ToContract(id.Value, outcome.Value), ReplyJson.Default.Flush)
            {
                IsReplay = outcome.Value.IsReplay,
            };
    }

    private static Flush ToContract(AccountId account, Receipt receipt) =>
        new(account.Value, receipt.Operation.EntryCount, receipt.RecordedAt.ToDateTimeOffset())
        {
            Id = receipt.Operation.EntryCount == 0 ? null : receipt.Id.ToString(),
        };
}
