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

/// <summary><c>POST /v1/accounts/{account}/flushes/{id}/restore</c>: restores the latest flush, if the account has not changed since.</summary>
internal static class RestoreFlushEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder account) => account.MapPost("/flushes/{id}/restore", HandleAsync)
        .Describes(
            "Restore a flush",
            "Restores lots, payers and pending spends as they were before the flush, with their timestamps and order. Whatever has expired or ended "
            + "since then is applied afterwards. Only the latest flush can be restored, and only if the account has not changed since.")
        .Takes(ApiParameters.Id("The id of the flush."))
        .TakesKey()
        .Takes(RequestJson.Default.NoteRequest, Examples.Note, isRequired: false)
        .Gives(StatusCodes.Status201Created, "The restore.", ReplyJson.Default.Restore, Examples.Restore)
        .Refuses([ProblemTable.InvalidText, ProblemTable.FlushNotFound, ProblemTable.AccountMovedOn, .. ProblemSets.Write]);

    private static async Task<Results<JsonReply<Restore>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromRoute] string id, [FromServices] ILedger ledger, [FromServices] NoteReader reader)
    {
        Parsed<AccountId> key = AccountParameter.Parse(account);
        if (key.IsRefused)
        {
            return key.Problem;
        }

        if (IdParameter.Parse(id, ledger.PartitionOf(key.Value), ProblemTable.FlushNotFound, out EntryId flushId) is { } missing)
        {
            return missing;
        }

        Parsed<RestoreFlush> command = await reader.ReadAsync(context.Request, new RestoreFlush(key.Value, flushId.Sequence));
        if (command.IsRefused)
        {
            return command.Problem;
        }

        Outcome<Receipt> outcome = await ledger.ExecuteAsync(command.Value, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.FromSubject(outcome.Refusal, ProblemTable.FlushNotFound)
            : new JsonReply<Restore>(StatusCodes.Status201Created, ToContract(key.Value, flushId, outcome.Value), ReplyJson.Default.Restore)
            {
                IsReplay = outcome.Value.IsReplay,
            };
    }

    private static Restore ToContract(AccountId account, EntryId flush, Receipt receipt) => new(
        receipt.Id.ToString(), account.Value, flush.ToString(), receipt.Operation.EntryCount, receipt.RecordedAt.ToDateTimeOffset());
}
