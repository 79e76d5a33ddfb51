using Pointbook.Contracts;

namespace Pointbook.Client;

/// <content>What accounts and payers have.</content>
public sealed partial class PointbookClient
{
    /// <summary>Reads what an account has.</summary>
    /// <param name="account">The account.</param>
    /// <param name="knownAt">Up to when what was recorded counts; null for now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Balance> ReadBalanceAsync(string account, DateTimeOffset? knownAt = null, CancellationToken cancellationToken = default) =>
        AskAsync(new QueryText(AccountPath(account, "balance")).Add("knownAt", knownAt).ToString(), ReplyJson.Default.Balance, cancellationToken);

    /// <summary>Reads what had happened in an account by a time: sums per payer, which may be negative.</summary>
    /// <param name="account">The account.</param>
    /// <param name="effectiveAt">By when it had happened.</param>
    /// <param name="knownAt">Up to when what was recorded counts; null for now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<EffectiveBalance> ReadEffectiveBalanceAsync(
        string account, DateTimeOffset effectiveAt, DateTimeOffset? knownAt = null, CancellationToken cancellationToken = default)
    {
        QueryText query = new QueryText(AccountPath(account, "balance")).Add("effectiveAt", effectiveAt).Add("knownAt", knownAt);
        return AskAsync(query.ToString(), ReplyJson.Default.EffectiveBalance, cancellationToken);
    }

    /// <summary>What is left of which credits, in the order in which it is spent. Pages are asked for as they are needed.</summary>
    /// <param name="account">The account.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IAsyncEnumerable<Lot> ListLotsAsync(string account, CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText(AccountPath(account, "lots")), ReplyJson.Default.PageLot, cancellationToken);

    /// <summary>
    /// The accounts that were ever written on, with their balances. One whose stored rows are damaged has <see cref="AccountSummary.Problem"/>
    /// and no figures. Pages are asked for as they are needed.
    /// </summary>
    /// <param name="prefix">What they begin with; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IAsyncEnumerable<AccountSummary> ListAccountsAsync(string? prefix = null, CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText("v1/accounts").Add("prefix", prefix), ReplyJson.Default.PageAccountSummary, cancellationToken);

    /// <summary>What payers have in all accounts together. Pages are asked for as they are needed.</summary>
    /// <param name="payer">Only this one; null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IAsyncEnumerable<PayerSummary> ListPayersAsync(string? payer = null, CancellationToken cancellationToken = default) =>
        ListAsync(new QueryText("v1/payers").Add("payer", payer), ReplyJson.Default.PagePayerSummary, cancellationToken);

    /// <summary>Reads what became of a payer's points over all accounts in a period, by the time of record.</summary>
    /// <param name="payer">The payer.</param>
    /// <param name="from">The first day, in UTC.</param>
    /// <param name="to">The first day that does not count any longer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Statement> ReadStatementAsync(string payer, DateOnly from, DateOnly to, CancellationToken cancellationToken = default) =>
        AskAsync(StatementPath(payer, from, to), ReplyJson.Default.Statement, cancellationToken);

    /// <summary>Reads the same as CSV: a line of names and a line of values.</summary>
    /// <param name="payer">The payer.</param>
    /// <param name="from">The first day, in UTC.</param>
    /// <param name="to">The first day that does not count any longer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<string> ReadStatementCsvAsync(string payer, DateOnly from, DateOnly to, CancellationToken cancellationToken = default)
    {
        Call call = new(HttpMethod.Get, StatementPath(payer, from, to)) { IsQuestion = true, Accept = "text/csv" };
        using HttpResponseMessage response = await SendAsync(call, HttpCompletionOption.ResponseContentRead, cancellationToken).ConfigureAwait(false);
        return await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Empties an account. The journal keeps everything.</summary>
    /// <param name="account">The account.</param>
    /// <param name="note">What to say about it, or null.</param>
    /// <param name="idempotencyKey">The key of the write; null for a new one, <see cref="NoKey"/> for none.</param>
    /// <param name="cancellationToken">Gives up. The write may be carried out all the same.</param>
    public Task<Flush> FlushAsync(string account, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, "flush"), note, ReplyJson.Default.Flush, idempotencyKey, cancellationToken);

    /// <summary>Takes the latest flush of an account back.</summary>
    /// <param name="account">The account.</param>
    /// <param name="flushId">The id of the flush.</param>
    /// <param name="note">What to say about it, or null.</param>
    /// <param name="idempotencyKey">The key of the write; null for a new one, <see cref="NoKey"/> for none.</param>
    /// <param name="cancellationToken">Gives up. The write may be carried out all the same.</param>
    public Task<Restore> RestoreFlushAsync(
        string account, string flushId, NoteRequest? note = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        NoteAsync(AccountPath(account, $"flushes/{Segment(flushId)}/restore"), note, ReplyJson.Default.Restore, idempotencyKey, cancellationToken);

    private static string StatementPath(string payer, DateOnly from, DateOnly to) =>
        new QueryText("v1/statement").Add("payer", payer).Add("from", from).Add("to", to).ToString();
}
