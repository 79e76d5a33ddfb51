using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine.Queries;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Transactions;

/// <summary><c>GET /v1/accounts/{account}/transactions</c>: the history of an account, newest first.</summary>
internal static class ListTransactionsEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder transactions) => transactions.MapGet("", HandleAsync).WithMetadata(HistoryReader.Names)
        .Describes("List transactions", "Lists the history of the account, newest first: credits, deductions, spends, captures, reversals, expiries, flushes and restores.")
        .Takes(ApiParameters.History)
        .Gives(StatusCodes.Status200OK, HistoryReader.PageDescription, ReplyJson.Default.PageTransaction, Examples.History)
        .Refuses([ProblemTable.InvalidCursor, .. ProblemSets.Query]);

    private static Task<Results<JsonReply<Page<Transaction>>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromServices] ILedgerQueries queries) =>
        HistoryReader.AnswerAsync(context, account, queries, isArchive: false);
}
