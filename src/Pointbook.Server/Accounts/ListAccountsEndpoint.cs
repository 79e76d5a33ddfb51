using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;

namespace Pointbook.Server.Accounts;

/// <summary><c>GET /v1/accounts</c>: the accounts that were ever written to, with their balances.</summary>
internal static class ListAccountsEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder accounts) =>
        accounts.MapGet("", HandleAsync).WithMetadata(new QueryNames(QueryNames.Prefix, QueryNames.Limit, QueryNames.Cursor))
        .Describes(
            "List accounts",
            "Lists all accounts that were ever written to, with their balances, in ordinal order of the account key. Expired points are not included. An account whose stored "
            + "data is damaged has a `problem` instead of figures.")
        .Takes(ApiParameters.Prefix, ApiParameters.Limit, ApiParameters.Cursor)
        .Gives(StatusCodes.Status200OK, "A page of accounts.", ReplyJson.Default.PageAccountSummary, Examples.Accounts)
        .RefusesItems([ProblemTable.AccountDamaged])
        .Refuses([ProblemTable.InvalidCursor, .. ProblemSets.Query.Except([ProblemTable.AccountDamaged])]);

    private static async Task<Results<JsonReply<Page<AccountSummary>>, ProblemReply>> HandleAsync(
        HttpContext context, [FromServices] ILedgerQueries queries)
    {
        QueryReader reader = new(context.Request);
        string prefix = ReadPrefix(reader);
        Caller caller = context.Caller();
        if (!caller.Accounts.AllowAll(prefix))
        {
            return new ProblemReply(
                ProblemTable.AccountNotAllowed,
                $"The credentials are restricted to {caller.Accounts}. Send a `{QueryNames.Prefix}` within these accounts.",
                QueryNames.Prefix);
        }

        CursorScope scope = new("accounts", prefix);
        AccountId? after = ReadPlace(reader, scope);
        int limit = reader.Limit();
        if (reader.Problem is not null)
        {
            return reader.Problem;
        }

        Outcome<AccountPage> outcome = await queries.ListAccountsAsync(prefix, after, limit, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Page<AccountSummary>>(
                StatusCodes.Status200OK, ToContract(outcome.Value, scope), ReplyJson.Default.PageAccountSummary);
    }

    private static Page<AccountSummary> ToContract(AccountPage page, CursorScope scope) => new(
        [.. page.Accounts.Select(ToContract)],
        page.HasMore ? scope.Write(page.Accounts[^1].Account.Value) : null);

    private static AccountSummary ToContract(ListedAccount account) => account.Balance is { } balance
        ? new AccountSummary(account.Account.Value, balance.Points.Value, balance.Held.Value)
        : new AccountSummary(account.Account.Value, Points: null, Held: null)
        {
            Problem = RefusalReplies.From(new Refusal(RefusalCode.AccountDamaged)).ToContract(),
        };

    private static string ReadPrefix(QueryReader reader)
    {
        string? prefix = reader.Text(QueryNames.Prefix);
        // A key must not be "." or "..", but it may begin with dots.
        if (prefix is not (null or "." or "..") && !AccountId.TryCreate(prefix, out _, out string? error))
        {
            reader.Refuse(QueryNames.Prefix, error);
        }

        return prefix ?? "";
    }

    private static AccountId? ReadPlace(QueryReader reader, CursorScope scope)
    {
        AccountId? after = null;
        if (reader.Place(scope) is { } place && !AccountId.TryCreate(place, out after, out _))
        {
            reader.RefuseCursor();
        }

        return after;
    }
}
