using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <content>Transactions: one, many, and the history.</content>
public sealed partial class PointbookClient
{
    /// <summary>Adds a transaction: a credit if its points are positive, a deduction if they are negative.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="transaction">The transaction to add.</param>
    /// <param name="idempotencyKey">
    /// The idempotency key. Null: the client creates one. <see cref="NoKey"/>: the client sends none.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out the write.</param>
    public Task<Transaction> AddTransactionAsync(
        string account, TransactionRequest transaction, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        WriteAsync(
            AccountPath(account, "transactions"), transaction, RequestJson.Default.TransactionRequest, ReplyJson.Default.Transaction, idempotencyKey, cancellationToken);

    /// <summary>Reads one operation of an account's history, of any kind.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="id">The id of the transaction, spend, reversal or other operation.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<Transaction> ReadTransactionAsync(string account, string id, CancellationToken cancellationToken = default) =>
        AskAsync(AccountPath(account, $"transactions/{Segment(id)}"), ReplyJson.Default.Transaction, cancellationToken);

    /// <summary>
    /// Lists the lines of an operation in order: what it changed in each lot and each payer's balance. The client requests
    /// pages as needed.
    /// </summary>
    /// <param name="account">The account key.</param>
    /// <param name="id">The id of the operation, as for <see cref="ReadTransactionAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public IAsyncEnumerable<TransactionLine> ListLinesAsync(string account, string id, CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText(AccountPath(account, $"transactions/{Segment(id)}/lines")), ReplyJson.Default.PageTransactionLine, cancellationToken);

    /// <summary>Lists the history of an account, newest first. The client requests pages as needed.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="filter">The filter. Null: the whole history.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public IAsyncEnumerable<Transaction> ListTransactionsAsync(string account, HistoryFilter? filter = null, CancellationToken cancellationToken = default) =>
        ListAsync(Filtered(AccountPath(account, "transactions"), filter), ReplyJson.Default.PageTransaction, cancellationToken);

    /// <summary>
    /// Lists the archive of an account: its history up to and including its latest flush, newest first. The client requests
    /// pages as needed.
    /// </summary>
    /// <param name="account">The account key.</param>
    /// <param name="filter">The filter. Null: the whole archive.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public IAsyncEnumerable<Transaction> ListArchiveAsync(string account, HistoryFilter? filter = null, CancellationToken cancellationToken = default) =>
        ListAsync(Filtered(AccountPath(account, "archive"), filter), ReplyJson.Default.PageTransaction, cancellationToken);

    /// <summary>
    /// Adds an array of transactions, each separately and for any account. The server accepts up to <c>Bulk:ItemsMax</c>
    /// transactions, by default 1,000. The client repeats the request only if every transaction has an idempotency key.
    /// </summary>
    /// <param name="transactions">The transactions to add.</param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out any of them.</param>
    public Task<BulkReply> AddTransactionsAsync(IReadOnlyList<BulkTransaction> transactions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transactions);
        Call call = new(HttpMethod.Post, BulkPath)
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(transactions, RequestJson.Default.IReadOnlyListBulkTransaction),
            IsQuestion = transactions.All(transaction => transaction.IdempotencyKey is not null),
        };
        return SendAsync(call, ReplyJson.Default.BulkReply, cancellationToken);
    }

    /// <summary>Adds any number of transactions, each separately, without holding all of them in memory.</summary>
    /// <remarks>
    /// The client sends an import only once. If it breaks off or its summary has a reason for a stop, send it again. The
    /// server writes a transaction with an idempotency key only once. It writes a transaction without one again.
    /// </remarks>
    /// <param name="transactions">The transactions to add. The client enumerates them as fast as the server accepts them.</param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out what the client has sent.</param>
    /// <exception cref="HttpRequestException">The connection broke, or the reply ended without its summary.</exception>
    /// <exception cref="TimeoutException">A time limit of the HTTP client passed.</exception>
    public async Task<ImportResult> ImportAsync(IAsyncEnumerable<BulkTransaction> transactions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transactions);
        using LinesContent lines = new(transactions);
        try
        {
            return await Transport.RunAsync(token => ImportAsync(lines, token), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (lines.SourceFailure is not null)
        {
            // The connection broke because the caller's own enumeration failed, which HttpClient may have wrapped.
            ExceptionDispatchInfo.Throw(lines.SourceFailure);
            throw;
        }
    }

    private async Task<ImportResult> ImportAsync(LinesContent lines, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(BulkPath, UriKind.Relative)) { Content = lines };
        request.Headers.Authorization = _authorization;
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(LinesContent.MediaType));
        HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        using (await MustBeDoneAsync(response, cancellationToken).ConfigureAwait(false))
        {
            return await ReadResultAsync(response, cancellationToken).ConfigureAwait(false);
        }
    }

    private const string BulkPath = "v1/transactions";

    private static async Task<ImportResult> ReadResultAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Encoding.UTF8);
        List<BulkRefusedLine> refused = [];
        string? last = null;
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            // Every line except the last is a refused line.
            if (last is not null)
            {
                refused.Add(JsonSerializer.Deserialize(last, ReplyJson.Default.BulkRefusedLine)!);
            }

            last = line;
        }

        return last is not null && !last.StartsWith("{\"line\":", StringComparison.Ordinal)
            ? new ImportResult(JsonSerializer.Deserialize(last, ReplyJson.Default.BulkSummary)!, refused)
            : throw new HttpRequestException("The reply to the import ended without its summary. Send the import again.");
    }

    private static QueryText Filtered(string path, HistoryFilter? filter) => new QueryText(path)
        .Add("payer", filter?.Payer)
        .Add("kind", filter?.Kind)
        .Add("from", filter?.From)
        .Add("to", filter?.To);
}
