using Pointbook.Contracts;

namespace Pointbook.Client;

/// <content>Accounts and payers.</content>
public sealed partial class PointbookClient
{
    /// <summary>Reads the balance of an account.</summary>
    /// <param name="account">The account.</param>
    /// <param name="knownAt">Counts only what was recorded up to this time; null for now.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<Balance> ReadBalanceAsync(string account, DateTimeOffset? knownAt = null, CancellationToken cancellationToken = default) =>
        AskAsync(new QueryText(AccountPath(account, "balance")).Add("knownAt", knownAt).ToString(), ReplyJson.Default.Balance, cancellationToken);

    /// <summary>Reads the balance of what had happened in an account by a time: sums per payer, which may be negative.</summary>
    /// <param name="account">The account.</param>
    /// <param name="effectiveAt">Counts only what had happened by this time.</param>
    /// <param name="knownAt">Counts only what was recorded up to this time; null for now.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<EffectiveBalance> ReadEffectiveBalanceAsync(
        string account, DateTimeOffset effectiveAt, DateTimeOffset? knownAt = null, CancellationToken cancellationToken = default)
    {
        QueryText query = new QueryText(AccountPath(account, "balance")).Add("effectiveAt", effectiveAt).Add("knownAt", knownAt);
        return AskAsync(query.ToString(), ReplyJson.Default.EffectiveBalance, cancellationToken);
    }

    /// <summary>Lists the open lots of an account in spending order. The client requests pages as needed.</summary>
    /// <param name="account">The account.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public IAsyncEnumerable<Lot> ListLotsAsync(string account, CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText(AccountPath(account, "lots")), ReplyJson.Default.PageLot, cancellationToken);

    /// <summary>
    /// Lists the accounts that have ever had an entry, with their balances. An account with damaged stored rows has an
    /// <see cref="AccountSummary.Problem"/> instead of figures. The client requests pages as needed.
    /// </summary>
    /// <param name="prefix">The prefix of their keys; null for all.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public IAsyncEnumerable<AccountSummary> ListAccountsAsync(string? prefix = null, CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText("v1/accounts").Add("prefix", prefix), ReplyJson.Default.PageAccountSummary, cancellationToken);

    /// <summary>Lists the sums of payers over all accounts. The client requests pages as needed.</summary>
    /// <param name="payer">Only this payer; null for all.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public IAsyncEnumerable<PayerSummary> ListPayersAsync(string? payer = null, CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText("v1/payers").Add("payer", payer), ReplyJson.Default.PagePayerSummary, cancellationToken);

    /// <summary>Reads the statement of a payer over all accounts for a period, by recorded time.</summary>
    /// <param name="payer">The payer.</param>
    /// <param name="from">The first day, in UTC.</param>
    /// <param name="to">The first day after the period.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public Task<Statement> ReadStatementAsync(string payer, DateOnly from, DateOnly to, CancellationToken cancellationToken = default) =>
        AskAsync(StatementPath(payer, from, to), ReplyJson.Default.Statement, cancellationToken);

    /// <summary>Reads the statement as CSV: a line of names and a line of values.</summary>
    /// <param name="payer">The payer.</param>
    /// <param name="from">The first day, in UTC.</param>
    /// <param name="to">The first day after the period.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<string> ReadStatementCsvAsync(string payer, DateOnly from, DateOnly to, CancellationToken cancellationToken = default)
    {
        Call call = new(HttpMethod.Get, StatementPath(payer, from, to)) { IsQuestion = true, Accept = "text/csv" };
        using HttpResponseMessage response = await SendAsync(call, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Empties an account. The journal keeps its entries.</summary>
    /// <param name="account">The account.</param>
    /// <param name="note">The note to record, or null.</param>
    /// <param name="idempotencyKey">The idempotency key; null for a new one, <see cref="NoKey"/> for none.</param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out the write.</param>
    public Task<Flush> FlushAsync(string account, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, "flush"), note, ReplyJson.Default.Flush, idempotencyKey, cancellationToken);

    /// <summary>Ends an account that a flush has emptied, and erases its key and texts. The server refuses a repeat with <c>account_not_found</c>.</summary>
    /// <param name="account">The account.</param>
    /// <param name="note">The note to record, or null. The server keeps it, so it must not name the holder.</param>
    /// <param name="idempotencyKey">The idempotency key; null for a new one, <see cref="NoKey"/> for none.</param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out the write.</param>
    public Task<Erasure> EraseAsync(string account, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, "erasure"), note, ReplyJson.Default.Erasure, idempotencyKey, cancellationToken);

    /// <summary>Restores the latest flush of an account.</summary>
    /// <param name="account">The account.</param>
    /// <param name="flushId">The id of the flush.</param>
    /// <param name="note">The note to record, or null.</param>
    /// <param name="idempotencyKey">The idempotency key; null for a new one, <see cref="NoKey"/> for none.</param>
    /// <param name="cancellationToken">Cancels the call. The server may still carry out the write.</param>
    public Task<Restore> RestoreFlushAsync(
        string account, string flushId, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, $"flushes/{Segment(flushId)}/restore"), note, ReplyJson.Default.Restore, idempotencyKey, cancellationToken);

    private static string StatementPath(string payer, DateOnly from, DateOnly to) =>
        new QueryText("v1/statement").Add("payer", payer).Add("from", from).Add("to", to).ToString();
}
