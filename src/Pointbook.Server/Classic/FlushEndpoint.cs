using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Classic;

/// <summary><c>ANY /flushDB</c>: empties the account. It refuses HEAD, OPTIONS, TRACE and CONNECT, which must not change anything.</summary>
internal static class FlushEndpoint
{
    /// <summary>The path of the endpoint.</summary>
    public const string Path = "/flushDB";

    private static readonly byte[] Flushed = [.. "Database Flushed"u8];

    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder classic) => classic.Map(Path, HandleAsync)
        .Describes("Empty the account `default`", "Flushes the account like `POST /v1/accounts/default/flush`, with any method other than HEAD, OPTIONS, TRACE and CONNECT.")
        .TakesKey()
        .GivesText(StatusCodes.Status200OK, "The account was emptied.", "Database Flushed")
        .Refuses(ProblemSets.Write);

    private static async Task<Results<TextReply, ProblemReply>> HandleAsync(HttpContext context, [FromServices] ILedger ledger)
    {
        string method = context.Request.Method;
        if (HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method) || HttpMethods.IsConnect(method))
        {
            const string Allowed = "GET, POST, PUT, PATCH, DELETE";
            context.Response.Headers.Allow = Allowed;
            return new ProblemReply(
                ProblemTable.MethodNotAllowed, $"This path does not support {method}, because {method} must not change anything. Supported methods: {Allowed}.");
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
