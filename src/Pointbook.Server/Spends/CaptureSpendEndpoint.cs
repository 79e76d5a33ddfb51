using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Spends;

/// <summary><c>POST /v1/accounts/{account}/spends/{id}/capture</c>: makes a pending spend final.</summary>
internal static class CaptureSpendEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder spends) => spends.MapPost("/{id}/capture", HandleAsync)
        .Describes("Capture a pending spend", "Makes a pending spend final. A captured spend can be reversed once, like any other spend.")
        .Takes(ApiParameters.Id("The id of the spend."))
        .TakesKey()
        .Takes(RequestJson.Default.NoteRequest, Examples.Note, isRequired: false)
        .Gives(StatusCodes.Status201Created, "The capture.", ReplyJson.Default.Capture, Examples.Capture)
        .Refuses([
            ProblemTable.InvalidText, ProblemTable.SpendNotFound, ProblemTable.AlreadyCaptured, ProblemTable.AlreadyReversed,
            ProblemTable.NotPending, ProblemTable.AccountFlushed, .. ProblemSets.Write,
        ]);

    private static async Task<Results<JsonReply<Capture>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromRoute] string id, [FromServices] ILedger ledger, [FromServices] NoteReader reader)
    {
        Parsed<AccountId> key = AccountParameter.Parse(account);
        if (key.IsRefused)
        {
            return key.Problem;
        }

        if (IdParameter.Parse(id, ledger.PartitionOf(key.Value), ProblemTable.SpendNotFound, out EntryId spendId) is { } missing)
        {
            return missing;
        }

        Parsed<CaptureSpend> command = await reader.ReadAsync(context.Request, new CaptureSpend(key.Value, spendId.Sequence));
        if (command.IsRefused)
        {
            return command.Problem;
        }

        // The reply shows the points of the spend, which the capture itself does not contain.
        Outcome<RecordedSpend> spend = await ledger.ReadSpendAsync(key.Value, spendId, context.RequestAborted);
        if (spend.IsRefused)
        {
            return RefusalReplies.FromSubject(spend.Refusal, ProblemTable.SpendNotFound);
        }

        Outcome<Receipt> outcome = await ledger.ExecuteAsync(command.Value, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.FromSubject(outcome.Refusal, ProblemTable.SpendNotFound)
            : new JsonReply<Capture>(StatusCodes.Status201Created, ToContract(outcome.Value, spend.Value), ReplyJson.Default.Capture)
            {
                IsReplay = outcome.Value.IsReplay,
            };
    }

    private static Capture ToContract(Receipt receipt, RecordedSpend spend)
    {
        Entry entry = receipt.Head;
        return new Capture
        {
            Id = receipt.Id.ToString(),
            Account = entry.Account.Value,
            SpendId = spend.Receipt.Id.ToString(),
            Points = SpendForm.PointsOf(spend.Receipt.Operation),
            RecordedAt = receipt.RecordedAt.ToDateTimeOffset(),
            Reference = entry.Origin?.Reference,
            Reason = entry.Origin?.Reason,
        };
    }
}
