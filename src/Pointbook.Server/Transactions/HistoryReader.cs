using Microsoft.AspNetCore.Http.HttpResults;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Transactions;

/// <summary>A query for a part of an account's history: parses it from a request, and converts its result.</summary>
/// <param name="Query">The query.</param>
/// <param name="Scope">The cursors of the list.</param>
internal sealed record HistoryReader(HistoryQuery Query, CursorScope Scope)
{
    /// <summary>The description of a page in the API description.</summary>
    public const string PageDescription = "A page of the history. With a filter, a page may have fewer items than `limit` although more pages follow.";

    /// <summary>The parameters of histories.</summary>
    public static QueryNames Names { get; } =
        new(QueryNames.Payer, QueryNames.Kind, QueryNames.From, QueryNames.To, QueryNames.Limit, QueryNames.Cursor);

    /// <summary>Answers a request for a history.</summary>
    /// <param name="context">The request.</param>
    /// <param name="account">The account in the path.</param>
    /// <param name="queries">The queries of the ledger.</param>
    /// <param name="isArchive">Whether to return only the archive.</param>
    public static async Task<Results<JsonReply<Page<Transaction>>, ProblemReply>> AnswerAsync(
        HttpContext context, string account, ILedgerQueries queries, bool isArchive)
    {
        Parsed<AccountId> id = AccountParameter.Parse(account);
        if (id.IsRefused)
        {
            return id.Problem;
        }

        Parsed<HistoryReader> history = Read(context.Request, id.Value, isArchive);
        if (history.IsRefused)
        {
            return history.Problem;
        }

        Outcome<HistoryPage> outcome = await queries.ReadHistoryAsync(history.Value.Query, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Page<Transaction>>(
                StatusCodes.Status200OK, history.Value.ToContract(outcome.Value), ReplyJson.Default.PageTransaction);
    }

    /// <summary>Parses the query.</summary>
    /// <param name="request">The request.</param>
    /// <param name="account">The account.</param>
    /// <param name="isArchive">Whether to return only the archive.</param>
    public static Parsed<HistoryReader> Read(HttpRequest request, AccountId account, bool isArchive)
    {
        QueryReader reader = new(request);
        HistoryQuery query = new(account, reader.Limit())
        {
            IsArchive = isArchive,
            Payer = reader.Payer(),
            Kind = ReadKind(reader),
            RecordedFrom = reader.Instant(QueryNames.From),
            RecordedTo = reader.Instant(QueryNames.To),
        };
        if (query.RecordedFrom >= query.RecordedTo)
        {
            reader.Refuse(QueryNames.To, "must be later than `from`");
        }

        CursorScope scope = new(
            isArchive ? "archive" : "transactions",
            account.Value,
            query.Payer?.Value,
            query.Kind?.ToString(),
            query.RecordedFrom?.ToString(),
            query.RecordedTo?.ToString());
        Sequence? before = ReadPlace(reader, scope);
        return reader.Problem is { } problem ? problem : new HistoryReader(query with { Before = before }, scope);
    }

    /// <summary>Converts the result.</summary>
    public Page<Transaction> ToContract(HistoryPage page) => new(
        [.. page.Operations.Select(TransactionForm.Of)],
        page.Next is { } next ? Scope.Write(next.ToString()) : null);

    private static EntryKind? ReadKind(QueryReader reader)
    {
        if (reader.Text(QueryNames.Kind) is not { } name)
        {
            return null;
        }

        EntryKind? kind = KindNames.Find(name);
        if (kind is null)
        {
            reader.Refuse(QueryNames.Kind, $"has an unknown value. Valid kinds: {KindNames.All}");
        }

        return kind;
    }

    private static Sequence? ReadPlace(QueryReader reader, CursorScope scope)
    {
        if (reader.Place(scope) is not { } place)
        {
            return null;
        }

        if (WholeNumber.TryParse(place, out long sequence) && sequence >= 0)
        {
            return new Sequence(sequence);
        }

        reader.RefuseCursor();
        return null;
    }
}
