using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Answers;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Spends;

/// <summary><c>POST /v1/accounts/{account}/spends</c>: spends points, oldest first across payers.</summary>
internal static class CreateSpendEndpoint
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder accounts) => accounts.MapPost("/spends", HandleAsync);

    private static async Task<Results<JsonReply<Spend>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromServices] ILedger ledger, [FromServices] SpendReader reader)
    {
        Parsed<AccountId> id = AccountParameter.Parse(account);
        if (id.IsRefused)
        {
            return id.Problem;
        }

        Parsed<SpendPoints> command = await reader.ReadAsync(context.Request, id.Value);
        if (command.IsRefused)
        {
            return command.Problem;
        }

        Outcome<Receipt> outcome = await ledger.ExecuteAsync(command.Value, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Spend>(StatusCodes.Status201Created, ToContract(outcome.Value), ReplyJson.Default.Spend)
            {
                IsReplay = outcome.Value.IsReplay,
            };
    }

    private static Spend ToContract(Receipt receipt)
    {
        List<Draw> draws = new(receipt.Entries.Count);
        long points = 0;
        foreach (Entry entry in receipt.Entries)
        {
            if (entry.Kind == EntryKind.Draw)
            {
                EntryId transaction = new(receipt.Partition, entry.Lot!.Value);
                draws.Add(new Draw(
                    transaction.ToString(), entry.Payer!.Value, entry.OccurredAt!.Value.ToDateTimeOffset(), -entry.Points.Value));
                points -= entry.Points.Value;
            }
        }

        return new Spend(
            receipt.Id.ToString(),
            receipt.Entries[0].Account.Value,
            points,
            receipt.RecordedAt.ToDateTimeOffset(),
            [.. Allocations.Of(receipt).Select(line => new Allocation(line.Key, line.Value))],
            draws);
    }
}
