using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Transactions;

/// <summary><c>GET /v1/accounts/{account}/transactions/{id}/lines</c>: what a transaction changed in each lot, in pages.</summary>
internal static class ListLinesEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder transactions) =>
        transactions.MapGet("/{id}/lines", HandleAsync).WithMetadata(new QueryNames(QueryNames.Limit, QueryNames.Cursor))
        .Describes(
            "List the lines of a transaction",
            "Lists what a transaction, spend, reversal, flush or restore changed in each lot, in order. The last lines of a flush name the pending spends that it ended, and those of a restore the spends that are pending again. Replies to large operations contain only the first lines.")
        .Takes(ApiParameters.Id("The id of any item of the history, such as a transaction, spend or reversal."))
        .Takes(ApiParameters.Limit, ApiParameters.Cursor)
        .Gives(StatusCodes.Status200OK, "A page of lines.", ReplyJson.Default.PageTransactionLine, Examples.TransactionLinesPage)
        .Refuses([ProblemTable.TransactionNotFound, ProblemTable.InvalidCursor, .. ProblemSets.Query]);

    private static async Task<Results<JsonReply<Page<TransactionLine>>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromRoute] string id, [FromServices] ILedger ledger, [FromServices] ILedgerQueries queries)
    {
        Parsed<AccountId> key = AccountParameter.Parse(account);
        if (key.IsRefused)
        {
            return key.Problem;
        }

        if (IdParameter.Parse(id, ledger.PartitionOf(key.Value), ProblemTable.TransactionNotFound, out EntryId operation) is { } missing)
        {
            return missing;
        }

        QueryReader reader = new(context.Request);
        CursorScope scope = new("lines", key.Value.Value, id);
        long after = ReadPlace(reader, scope);
        int limit = reader.Limit();
        if (reader.Problem is not null)
        {
            return reader.Problem;
        }

        Outcome<OperationLines> outcome = await queries.ReadLinesAsync(key.Value, operation, after, limit, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.FromSubject(outcome.Refusal, ProblemTable.TransactionNotFound)
            : new JsonReply<Page<TransactionLine>>(
                StatusCodes.Status200OK, ToContract(outcome.Value, scope), ReplyJson.Default.PageTransactionLine);
    }

    private static Page<TransactionLine> ToContract(OperationLines page, CursorScope scope) => new(
        [.. page.Lines.Select(line => ToContract(line, page.Partition))],
        page.Next is { } next ? scope.Write(new Sequence(next).ToString()) : null);

    private static TransactionLine ToContract(Entry line, int partition) => new()
    {
        Kind = EntryKindNames.ToText(line.Kind),
        Payer = line.Payer?.Value,
        Points = line.Points.Value,
        LotPoints = line.LotPoints.Value,
        SpendId = !line.IsFirst && line.Subject is { } spend ? new EntryId(partition, spend).ToString() : null,
        LotId = line.Lot is { } lot ? new EntryId(partition, lot).ToString() : null,
        Timestamp = line.OccurredAt?.ToDateTimeOffset(),
        ExpiresAt = line.ExpiresAt?.ToDateTimeOffset(),
    };

    private static long ReadPlace(QueryReader reader, CursorScope scope)
    {
        if (reader.Place(scope) is not { } place)
        {
            return 0;
        }

        if (WholeNumber.TryParse(place, out long after) && after >= 0)
        {
            return after;
        }

        reader.RefuseCursor();
        return 0;
    }
}
