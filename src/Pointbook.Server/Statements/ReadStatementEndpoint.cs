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

/// <summary><c>GET /v1/statement</c>: how one payer's points changed in a period, as JSON or CSV.</summary>
internal static class ReadStatementEndpoint
{
    private const string JsonType = "application/json";

    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder statement) =>
        statement.MapGet("", HandleAsync).WithMetadata(new QueryNames(QueryNames.Payer, QueryNames.From, QueryNames.To))
        .Describes(
            "Read a payer's statement",
            "Returns the statement of one payer over all accounts, from the UTC day `from` up to but not including `to`, by `recordedAt`: opening, "
            + "flows and closing, a check that they add up, and the age of the outstanding points. The same parameters return the same bytes. "
            + "`Accept: text/csv` returns one row of CSV.")
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
                ProblemTable.NotAcceptable, $"A statement is available as {JsonType} or {CsvReply.MediaType}. Send one of them in `Accept`.", HeaderNames.Accept);
        }

        QueryReader reader = new(context.Request);
        PayerName? payer = reader.Payer();
        if (payer is null)
        {
            reader.Refuse(QueryNames.Payer, "is missing. Send the name of a payer");
        }

        DateOnly? from = reader.Day(QueryNames.From);
        DateOnly? to = reader.Day(QueryNames.To);
        if (from >= to)
        {
            reader.Refuse(QueryNames.To, "must be later than `from`. It is the first day after the period");
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
