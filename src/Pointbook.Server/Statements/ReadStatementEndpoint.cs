using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Statements;

/// <summary><c>GET /v1/statement</c>: what became of one payer's points in a period, as JSON or CSV.</summary>
internal static class ReadStatementEndpoint
{
    private const string JsonType = "application/json";

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder statement) =>
        statement.MapGet("", HandleAsync).WithMetadata(new QueryNames(QueryNames.Payer, QueryNames.From, QueryNames.To))
        .Describes(
            "Read a payer's statement",
            "What became of one payer's points over all accounts from one UTC day up to and without another, by the time of record: opening, "
            + "flows and closing, with the check that they add up, and how old the outstanding points are. The same parameters give the same bytes. "
            + "`Accept: text/csv` gives one row of CSV.")
        .Takes(ApiParameters.StatementPayer, ApiParameters.FromDay, ApiParameters.ToDay)
        .Gives(StatusCodes.Status200OK, "The statement.", ReplyJson.Default.Statement, Examples.Statement)
        .GivesText(StatusCodes.Status200OK, "The statement.", Examples.StatementCsv, CsvReply.MediaType)
        .Refuses([ProblemTable.NotAcceptable, ProblemTable.PeriodOpen, .. ProblemSets.Query]);

    private static async Task<Results<JsonReply<Statement>, CsvReply, ProblemReply>> HandleAsync(
        HttpContext context, [FromServices] ILedgerQueries queries)
    {
        if (AcceptHeader.Choose(context.Request, JsonType, CsvReply.MediaType) is not { } mediaType)
        {
            return new ProblemReply(
                ProblemTable.NotAcceptable, $"A statement is {JsonType} or {CsvReply.MediaType}; send one of them as Accept.", HeaderNames.Accept);
        }

        QueryReader reader = new(context.Request);
        PayerName? payer = reader.Payer();
        if (payer is null)
        {
            reader.Refuse(QueryNames.Payer, "is missing; name the payer");
        }

        DateOnly? from = reader.Day(QueryNames.From);
        DateOnly? to = reader.Day(QueryNames.To);
        if (from >= to)
        {
            reader.Refuse(QueryNames.To, "is not later than from; it is the first day that does not count any longer");
        }

        if (reader.Problem is not null)
        {
            return reader.Problem;
        }

        Outcome<PayerStatement> outcome = await queries.ReadStatementAsync(payer!, from!.Value, to!.Value, context.RequestAborted);
        if (outcome.IsRefused)
        {
            return RefusalReplies.From(outcome.Refusal);
        }

        Statement statement = StatementForm.Of(outcome.Value);
        return mediaType == JsonType
            ? new JsonReply<Statement>(StatusCodes.Status200OK, statement, ReplyJson.Default.Statement)
            : new CsvReply(StatementForm.ToColumns(statement));
    }
}
