using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Transactions;

/// <summary><c>GET /v1/accounts/{account}/transactions/{id}</c>: one item of an account's history, of any kind.</summary>
internal static class ReadTransactionEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder transactions) => transactions.MapGet("/{id}", HandleAsync)
        .Describes("Read a transaction", "Returns one item of the account's history, of any kind.")
        .Takes(ApiParameters.Id("The id of any item of the history, such as a transaction, spend or reversal."))
        .Gives(StatusCodes.Status200OK, "The item of the history.", ReplyJson.Default.Transaction, Examples.Credit)
        .Refuses([ProblemTable.TransactionNotFound, .. ProblemSets.Query]);

    private static async Task<Results<JsonReply<Transaction>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromRoute] string id, [FromServices] ILedger ledger, [FromServices] ILedgerQueries queries)
    {
        Parsed<AccountId> key = AccountParameter.Parse(account);
        if (key.IsRefused)
        {
            return key.Problem;
        }

        if (IdParameter.Parse(id, ledger.PartitionOf(key.Value), ProblemTable.TransactionNotFound, out EntryId transactionId) is { } missing)
        {
            return missing;
        }

        Outcome<AccountOperation> outcome = await queries.ReadOperationAsync(key.Value, transactionId, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.FromSubject(outcome.Refusal, ProblemTable.TransactionNotFound)
            : new JsonReply<Transaction>(StatusCodes.Status200OK, TransactionForm.Of(outcome.Value), ReplyJson.Default.Transaction);
    }
}
