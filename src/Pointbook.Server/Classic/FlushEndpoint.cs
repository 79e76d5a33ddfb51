using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Classic;

/// <summary><c>ANY /flushDB</c>: empties the account. HEAD and OPTIONS must not change anything, so they are no part of it.</summary>
internal static class FlushEndpoint
{
    /// <summary>Its path.</summary>
    public const string Path = "/flushDB";

    private static readonly byte[] Flushed = [.. "Database Flushed"u8];

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder classic) => classic.Map(Path, HandleAsync)
        .Describes("Empty the account `default`", "The same flush as `POST /v1/accounts/default/flush`, with any method other than HEAD and OPTIONS.")
        .TakesKey()
        .GivesText(StatusCodes.Status200OK, "It was emptied.", "Database Flushed")
        .Refuses(ProblemSets.Write);

    private static async Task<Results<TextReply, ProblemReply>> HandleAsync(HttpContext context, [FromServices] ILedger ledger)
    {
        string method = context.Request.Method;
        if (HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method) || HttpMethods.IsConnect(method))
        {
            const string Allowed = "GET, POST, PUT, PATCH, DELETE";
            context.Response.Headers.Allow = Allowed;
            return new ProblemReply(
                ProblemTable.MethodNotAllowed, $"This path does not take {method}, which must not change anything; send {Allowed}.");
        }

        Parsed<FlushAccount> command = RequestOrigin.Apply(context.Request, new FlushAccount(AccountId.Default));
        if (command.IsRefused)
        {
            return command.Problem;
        }

        Outcome<Receipt> outcome = await ledger.ExecuteAsync(command.Value, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new TextReply(Flushed) { IsReplay = outcome.Value.IsReplay };
    }
}
