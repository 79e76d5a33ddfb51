using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine.Queries;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Transactions;

/// <summary><c>GET /v1/accounts/{account}/archive</c>: the history of an account up to its latest flush, newest first.</summary>
internal static class ListArchiveEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder archive) => archive.MapGet("", HandleAsync).WithMetadata(HistoryReader.Names)
        .Describes("List the archive", "Lists the history of the account up to and including its latest flush, newest first.")
        .Takes(ApiParameters.History)
        .Gives(StatusCodes.Status200OK, HistoryReader.PageDescription, ReplyJson.Default.PageTransaction, Examples.History)
        .Refuses([ProblemTable.InvalidCursor, .. ProblemSets.Query]);

    private static Task<Results<JsonReply<Page<Transaction>>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromServices] ILedgerQueries queries) =>
        HistoryReader.AnswerAsync(context, account, queries, isArchive: true);
}
