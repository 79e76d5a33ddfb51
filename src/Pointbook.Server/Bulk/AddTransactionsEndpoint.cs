using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Pointbook.Contracts;
using Pointbook.Server.Idempotency;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Bulk;

/// <summary><c>POST /v1/transactions</c>: adds credits and deductions to any accounts, as an array or line by line. Each is independent.</summary>
internal static class AddTransactionsEndpoint
{
    private const string ArrayMediaType = "application/json";

    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder transactions) => transactions.MapPost("", HandleAsync)
        .WithMetadata(QueryNames.None)
        .Describes(
            "Add many transactions",
            "Adds credits and deductions to any accounts. Each transaction is independent: a refused one does not affect the others. The reply to an array lists the outcome "
            + "of every item. An import of JSON lines may have millions of lines. The server writes them while the client sends them. The reply has one line for each refused line and ends with "
            + "a summary. After too many refused lines the import stops, and the client can continue after `lastLine`. With an `idempotencyKey` in each transaction, the "
            + "client can safely send the same array or file again. This endpoint does not accept the header `Idempotency-Key`.")
        .Takes(RequestJson.Default.IReadOnlyListBulkTransaction, Examples.ManyTransactions)
        .TakesLines(JsonLines.MediaType, Examples.TransactionLines, typeof(BulkTransaction))
        .Gives(StatusCodes.Status200OK, "The outcome of each transaction.", ReplyJson.Default.BulkReply, Examples.ManyAdded)
        .GivesLines(
            StatusCodes.Status200OK, "The outcome of each transaction.", Examples.ImportLines, JsonLines.MediaType, typeof(BulkRefusedLine), typeof(BulkSummary))
        .Refuses(ProblemTable.NoItems, ProblemTable.TooManyItems, ProblemTable.InvalidIdempotencyKey, ProblemTable.Overloaded)
        .RefusesItems([
            .. ProblemSets.Transaction, .. ProblemSets.Key, .. ProblemSets.Write, ProblemTable.InvalidAccount, ProblemTable.AccountNotAllowed, ProblemTable.InvalidText,
            ProblemTable.InvalidExpiry, ProblemTable.LineTooLong, ProblemTable.TooManyRefused, ProblemTable.MalformedJson,
            ProblemTable.UnknownMember, ProblemTable.DuplicateMember, ProblemTable.MissingMember, ProblemTable.WrongType,
        ]);

    private static async Task<IResult> HandleAsync(
        HttpContext context, [FromServices] ArrayImport array, [FromServices] LineImports imports)
    {
        if (context.Request.Headers.ContainsKey(IdempotencyHeader.Name))
        {
            return new ProblemReply(
                ProblemTable.InvalidIdempotencyKey,
                $"The header `{IdempotencyHeader.Name}` is not valid for a request with many transactions. Omit the header and send `idempotencyKey` in each transaction.",
                IdempotencyHeader.Name);
        }

        if (JsonContentType.EncodingFault(context.Request) is ProblemReply fault)
        {
            return fault;
        }

        string? contentType = context.Request.ContentType;
        return JsonContentType.Is(contentType, JsonLines.MediaType) ? imports.Begin()
            : JsonContentType.Is(contentType, ArrayMediaType) ? await array.RunAsync(context)
            : new ProblemReply(
                ProblemTable.UnsupportedMediaType,
                $"The media type of the body is not supported. Send an array as {ArrayMediaType}, or one transaction per line as {JsonLines.MediaType}, in UTF-8.",
                HeaderNames.ContentType);
    }
}
