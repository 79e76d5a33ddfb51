using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Erasures;

/// <summary><c>POST /v1/accounts/{account}/erasure</c>: ends an account that a flush has emptied, and erases its key and texts.</summary>
internal static class CreateErasureEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder account) => account.MapPost("/erasure", HandleAsync)
        .Describes(
            "Erase an account",
            "Permanently erases an account that a flush has emptied. The server removes its key, idempotency keys, references and reasons. The figures stay in the journal under "
            + "`erasedAs`, and every seal still verifies. The reference and reason of this request also stay, so they must not name the holder. "
            + "So do the names of actors, and the account key in account lists of API keys, logs and backups: docs/operations.md says how to remove it there. "
            + "Afterwards, the account key is free, as if it had never been used. The server therefore answers a repeated request with `account_not_found`, even with the same `Idempotency-Key`.")
        .TakesKey()
        .Takes(RequestJson.Default.NoteRequest, Examples.Note, isRequired: false)
        .Gives(StatusCodes.Status200OK, "The erasure. The server removes the texts shortly afterwards.", ReplyJson.Default.Erasure, Examples.Erasure)
        .Refuses([ProblemTable.InvalidText, ProblemTable.AccountNotFound, ProblemTable.AccountNotEmpty, .. ProblemSets.Write]);

    private static async Task<Results<JsonReply<Erasure>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromServices] ILedger ledger, [FromServices] NoteReader reader)
    {
        Parsed<AccountId> id = AccountParameter.Parse(account);
        if (id.IsRefused)
        {
            return id.Problem;
        }

        Parsed<EraseAccount> command = await reader.ReadAsync(context.Request, new EraseAccount(id.Value));
        if (command.IsRefused)
        {
            return command.Problem;
        }

        Outcome<Receipt> outcome = await ledger.ExecuteAsync(command.Value, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Erasure>(StatusCodes.Status200OK, ToContract(id.Value, outcome.Value), ReplyJson.Default.Erasure);
    }

    private static Erasure ToContract(AccountId account, Receipt receipt) => new(
        receipt.Id.ToString(),
        account.Value,
        AccountId.Erased(receipt.Head.AccountOpening).Value,
        receipt.RecordedAt.ToDateTimeOffset());
}
