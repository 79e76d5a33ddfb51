using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <content>Transactions: one, many, and the history.</content>
public sealed partial class PointbookClient
{
    /// <summary>Gives points, or takes them back if they are negative.</summary>
    /// <param name="account">Whose points.</param>
    /// <param name="transaction">What to add.</param>
    /// <param name="idempotencyKey">The key of the write; null for a new one, <see cref="NoKey"/> for none.</param>
    /// <param name="cancellationToken">Gives up. The write may be carried out all the same.</param>
    public Task<Transaction> AddTransactionAsync(
        string account, TransactionRequest transaction, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        WriteAsync(
            AccountPath(account, "transactions"), transaction, RequestJson.Default.TransactionRequest, ReplyJson.Default.Transaction, idempotencyKey, cancellationToken);

    /// <summary>Reads one thing that happened in an account, of any kind.</summary>
    /// <param name="account">The account.</param>
    /// <param name="id">The id of the transaction, spend, reversal or whatever else it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Transaction> ReadTransactionAsync(string account, string id, CancellationToken cancellationToken = default) =>
        AskAsync(AccountPath(account, $"transactions/{Segment(id)}"), ReplyJson.Default.Transaction, cancellationToken);

    /// <summary>What a transaction, spend, reversal or whatever else changed in each lot, in order. Pages are asked for as they are needed.</summary>
    /// <param name="account">The account.</param>
    /// <param name="id">The id, as for <see cref="ReadTransactionAsync"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IAsyncEnumerable<TransactionLine> ListLinesAsync(string account, string id, CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText(AccountPath(account, $"transactions/{Segment(id)}/lines")), ReplyJson.Default.PageTransactionLine, cancellationToken);

    /// <summary>Everything that happened in an account, newest first. Pages are asked for as they are needed.</summary>
    /// <param name="account">The account.</param>
    /// <param name="filter">What of it; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IAsyncEnumerable<Transaction> ListTransactionsAsync(string account, HistoryFilter? filter = null, CancellationToken cancellationToken = default) =>
        ListAsync(Filtered(AccountPath(account, "transactions"), filter), ReplyJson.Default.PageTransaction, cancellationToken);

    /// <summary>Everything that happened in an account up to its latest flush, newest first. Pages are asked for as they are needed.</summary>
    /// <param name="account">The account.</param>
    /// <param name="filter">What of it; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IAsyncEnumerable<Transaction> ListArchiveAsync(string account, HistoryFilter? filter = null, CancellationToken cancellationToken = default) =>
        ListAsync(Filtered(AccountPath(account, "archive"), filter), ReplyJson.Default.PageTransaction, cancellationToken);

    /// <summary>Adds up to 1,000 transactions of any accounts, each of which stands alone. If each has a key, the request may be sent again.</summary>
    /// <param name="transactions">What to add.</param>
    /// <param name="cancellationToken">Gives up. Any of them may be carried out all the same.</param>
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

    /// <summary>Adds as many transactions as there are, one by one, without ever holding them all.</summary>
    /// <remarks>An import is sent once. If it breaks off, or says that it stopped, send it again: those with a key are not carried out twice.</remarks>
    /// <param name="transactions">What to add. They are asked for as fast as the server takes them.</param>
    /// <param name="cancellationToken">Gives up. What was sent may be carried out all the same.</param>
    /// <exception cref="HttpRequestException">The connection broke, or the reply ended without its summary.</exception>
    public async Task<ImportResult> ImportAsync(IAsyncEnumerable<BulkTransaction> transactions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transactions);
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(BulkPath, UriKind.Relative)) { Content = new LinesContent(transactions) };
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
            // Every line but the last one is a line that was refused.
            if (last is not null)
            {
                refused.Add(JsonSerializer.Deserialize(last, ReplyJson.Default.BulkRefusedLine)!);
            }

            last = line;
        }

        return last is not null && !last.StartsWith("{\"line\":", StringComparison.Ordinal)
            ? new ImportResult(JsonSerializer.Deserialize(last, ReplyJson.Default.BulkSummary)!, refused)
            : throw new HttpRequestException("The reply to the import ended without its summary; send the import again.");
    }

    private static QueryText Filtered(string path, HistoryFilter? filter) => new QueryText(path)
        .Add("payer", filter?.Payer)
        .Add("kind", filter?.Kind)
        .Add("from", filter?.From)
        .Add("to", filter?.To);
}
