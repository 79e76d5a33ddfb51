using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine.Answers;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Transactions;

/// <summary><c>GET /v1/accounts/{account}/archive</c>: what happened in an account up to its latest flush, newest first.</summary>
internal static class ListArchiveEndpoint
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder archive) => archive.MapGet("", HandleAsync).WithMetadata(HistoryReader.Names)
        .Describes("List the archive", "Everything that happened in the account up to its latest flush, newest first.")
        .Takes(ApiParameters.History)
        .Gives(StatusCodes.Status200OK, "A page of the history. A filter may leave fewer items than `limit` though there are more pages.", ReplyJson.Default.PageTransaction, Examples.History)
        .Refuses([ProblemTable.InvalidCursor, .. ProblemSets.Query]);

    private static async Task<Results<JsonReply<Page<Transaction>>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromServices] ILedgerQueries queries)
    {
        Parsed<AccountId> id = AccountParameter.Parse(account);
        if (id.IsRefused)
        {
            return id.Problem;
        }

        Parsed<HistoryReader> history = HistoryReader.Read(context.Request, id.Value, isArchive: true);
        if (history.IsRefused)
        {
            return history.Problem;
        }

        Outcome<HistoryPage> outcome = await queries.ReadHistoryAsync(history.Value.Query, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Page<Transaction>>(
                StatusCodes.Status200OK, history.Value.ToContract(outcome.Value), ReplyJson.Default.PageTransaction);
    }
}
