using Pointbook.Contracts;

namespace Pointbook.Client;

/// <content>Accounts and payers.</content>
public sealed partial class PointbookClient
{
    /// <summary>Reads the balance of an account.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="knownAt">The balance includes only entries recorded by this time. Null: now.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<Balance> ReadBalanceAsync(string account, DateTimeOffset? knownAt = null, CancellationToken cancellationToken = default) =>
        AskAsync(new QueryText(AccountPath(account, "balance")).Add("knownAt", knownAt).ToString(), ReplyJson.Default.Balance, cancellationToken);

    /// <summary>Reads what had happened in an account by a time, as sums per payer. A sum may be negative.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="effectiveAt">The sums include only what had happened by this time.</param>
    /// <param name="knownAt">The sums include only entries recorded by this time. Null: now.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<EffectiveBalance> ReadEffectiveBalanceAsync(
        string account, DateTimeOffset effectiveAt, DateTimeOffset? knownAt = null, CancellationToken cancellationToken = default)
    {
        QueryText query = new QueryText(AccountPath(account, "balance")).Add("effectiveAt", effectiveAt).Add("knownAt", knownAt);
        return AskAsync(query.ToString(), ReplyJson.Default.EffectiveBalance, cancellationToken);
    }

    /// <summary>Lists the open lots of an account in spending order. The client requests pages as needed.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public IAsyncEnumerable<Lot> ListLotsAsync(string account, CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText(AccountPath(account, "lots")), ReplyJson.Default.PageLot, cancellationToken);

    /// <summary>
    /// Lists the accounts that were ever written to, with their balances, in ordinal order of the account key. An account
    /// whose stored data is damaged has an <see cref="AccountSummary.Problem"/> instead of figures. The client requests
    /// pages as needed.
    /// </summary>
    /// <param name="prefix">
    /// Only accounts whose keys begin with this prefix. Null: all accounts. Credentials with account limits need a prefix
    /// within these limits.
    /// </param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public IAsyncEnumerable<AccountSummary> ListAccountsAsync(string? prefix = null, CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText("v1/accounts").Add("prefix", prefix), ReplyJson.Default.PageAccountSummary, cancellationToken);

    /// <summary>
    /// Lists the sums of each payer over all accounts, in ordinal order of the payer. The client requests pages as needed.
    /// </summary>
    /// <param name="payer">Only this payer. Null: all payers.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public IAsyncEnumerable<PayerSummary> ListPayersAsync(string? payer = null, CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText("v1/payers").Add("payer", payer), ReplyJson.Default.PagePayerSummary, cancellationToken);

    /// <summary>
    /// Reads the statement of a payer over all accounts for a period. The server counts entries by the UTC day on which they
    /// were recorded.
    /// </summary>
    /// <param name="payer">The payer.</param>
    /// <param name="from">The first day of the period, in UTC.</param>
    /// <param name="to">The first day after the period, in UTC. It must not be later than today.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<Statement> ReadStatementAsync(string payer, DateOnly from, DateOnly to, CancellationToken cancellationToken = default) =>
        AskAsync(StatementPath(payer, from, to), ReplyJson.Default.Statement, cancellationToken);

    /// <summary>Reads the statement as CSV: a line of names and a line of values.</summary>
    /// <param name="payer">The payer.</param>
    /// <param name="from">The first day of the period, in UTC.</param>
    /// <param name="to">The first day after the period, in UTC. It must not be later than today.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<string> ReadStatementCsvAsync(string payer, DateOnly from, DateOnly to, CancellationToken cancellationToken = default)
    {
        Call call = new(HttpMethod.Get, StatementPath(payer, from, to)) { IsQuestion = true, Accept = "text/csv" };
        using HttpResponseMessage response = await SendAsync(call, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Empties an account. The journal keeps its entries.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="note">The note to record, or null.</param>
    /// <param name="idempotencyKey">
    /// The idempotency key. Null: the client creates one. <see cref="NoKey"/>: the client sends none.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out the write.</param>
    public Task<Flush> FlushAsync(string account, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, "flush"), note, ReplyJson.Default.Flush, idempotencyKey, cancellationToken);

    /// <summary>
    /// Ends an account that a flush has emptied, and erases its key and texts. The server refuses a repeat with
    /// <c>account_not_found</c>.
    /// </summary>
    /// <param name="account">The account key.</param>
    /// <param name="note">The note to record, or null. The server keeps it, so it must not name the holder.</param>
    /// <param name="idempotencyKey">
    /// The idempotency key. Null: the client creates one. <see cref="NoKey"/>: the client sends none.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out the write.</param>
    public Task<Erasure> EraseAsync(string account, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, "erasure"), note, ReplyJson.Default.Erasure, idempotencyKey, cancellationToken);

    /// <summary>Restores the latest flush of an account. The account must not have changed since.</summary>
    /// <param name="account">The account key.</param>
    /// <param name="flushId">The id of the flush.</param>
    /// <param name="note">The note to record, or null.</param>
    /// <param name="idempotencyKey">
    /// The idempotency key. Null: the client creates one. <see cref="NoKey"/>: the client sends none.
    /// </param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out the write.</param>
    public Task<Restore> RestoreFlushAsync(
        string account, string flushId, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, $"flushes/{Segment(flushId)}/restore"), note, ReplyJson.Default.Restore, idempotencyKey, cancellationToken);

    private static string StatementPath(string payer, DateOnly from, DateOnly to) =>
        new QueryText("v1/statement").Add("payer", payer).Add("from", from).Add("to", to).ToString();
}
