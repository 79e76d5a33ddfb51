using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Pointbook.Contracts;
using Pointbook.Server.Idempotency;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Bulk;

/// <summary><c>POST /v1/transactions</c>: adds credits and deductions of any accounts, as an array or line by line. Each stands alone.</summary>
internal static class AddTransactionsEndpoint
{
    private const string ArrayMediaType = "application/json";

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder transactions) => transactions.MapPost("", HandleAsync)
        .WithMetadata(QueryNames.None)
        .Describes(
            "Add many transactions",
            "Adds credits and deductions of any accounts. Each stands alone: one that is refused holds up no other. An array is answered as a whole, "
            + "item by item. Lines may be millions: they are written while they are sent, and the reply has a line for each that is refused and ends with "
            + "a summary. After too many refused lines it stops, and `lastLine` says behind which line to go on. With an `idempotencyKey` in each, the "
            + "same array or file can be sent again safely; the header `Idempotency-Key` is not taken here.")
        .Takes(RequestJson.Default.IReadOnlyListBulkTransaction, Examples.ManyTransactions)
        .TakesLines(JsonLines.MediaType, Examples.TransactionLines, typeof(BulkTransaction))
        .Gives(StatusCodes.Status200OK, "What became of each.", ReplyJson.Default.BulkReply, Examples.ManyAdded)
        .GivesLines(
            StatusCodes.Status200OK, "What became of each.", Examples.ImportLines, JsonLines.MediaType, typeof(BulkRefusedLine), typeof(BulkSummary))
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
                $"{IdempotencyHeader.Name} names one write and this request has many; leave the header out and send idempotencyKey in each of them.",
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
                $"The body is not declared as what can be read here; send an array as {ArrayMediaType} or one transaction a line as {JsonLines.MediaType}, in UTF-8.",
                HeaderNames.ContentType);
    }
}
