using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Transactions;

namespace Pointbook.Server.Spends;

/// <summary><c>POST /v1/accounts/{account}/spends/{id}/reversal</c>: returns the points of a spend to the lots from which they were drawn.</summary>
internal static class ReverseSpendEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder spends) => spends.MapPost("/{id}/reversal", HandleAsync)
        .Describes(
            "Reverse a spend",
            "Returns every point to the transaction from which it was drawn. A spend can be reversed only once. If the transaction has expired since, its points return "
            + "and expire immediately, and `expired` is true.")
        .Takes(ApiParameters.Id("The id of the spend."))
        .TakesKey()
        .Takes(RequestJson.Default.NoteRequest, Examples.Note, isRequired: false)
        .Gives(StatusCodes.Status201Created, "The reversal.", ReplyJson.Default.Reversal, Examples.Reversal)
        .Refuses([
            ProblemTable.InvalidText, ProblemTable.SpendNotFound, ProblemTable.AlreadyReversed, ProblemTable.AccountFlushed,
            ProblemTable.PointsOverflow, .. ProblemSets.Write,
        ]);

    private static async Task<Results<JsonReply<Reversal>, ProblemReply>> HandleAsync(
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

        Parsed<ReverseSpend> command = await reader.ReadAsync(context.Request, new ReverseSpend(key.Value, spendId.Sequence));
        if (command.IsRefused)
        {
            return command.Problem;
        }

        Outcome<Receipt> outcome = await ledger.ExecuteAsync(command.Value, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.FromSubject(outcome.Refusal, ProblemTable.SpendNotFound)
            : new JsonReply<Reversal>(StatusCodes.Status201Created, ToContract(outcome.Value, spendId), ReplyJson.Default.Reversal)
            {
                IsReplay = outcome.Value.IsReplay,
            };
    }

    private static Reversal ToContract(Receipt receipt, EntryId spend)
    {
        Entry header = receipt.Head;
        return new Reversal
        {
            Id = receipt.Id.ToString(),
            Account = header.Account.Value,
            SpendId = spend.ToString(),
            Points = receipt.Operation.Points.Value,
            RecordedAt = receipt.RecordedAt.ToDateTimeOffset(),
            Reference = header.Origin?.Reference,
            Reason = header.Origin?.Reason,
            Allocations = Allocations.Of(receipt.Operation),
            Returns = [.. receipt.Operation.FirstLines.Select(entry => ToContract(entry, receipt))],
            LinesCount = receipt.Operation.LineCount,
            LinesUrl = TransactionRoutes.LinesUnlessWhole(receipt),
        };
    }

    private static ReturnedDraw ToContract(Entry entry, Receipt receipt) => new(
        new EntryId(receipt.Partition, entry.Lot!.Value).ToString(),
        entry.Payer!.Value,
        entry.OccurredAt!.Value.ToDateTimeOffset(),
        entry.Points.Value,
        Expired: entry.ExpiresAt <= receipt.DecidedAt);
}
