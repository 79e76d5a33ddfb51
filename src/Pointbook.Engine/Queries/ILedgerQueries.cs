using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Queries that read the account store, the read model and the journal: histories, lists and statements. Thread-safe.</summary>
/// <remarks>Every answer reflects all writes that any process acknowledged before the call began. Expected refusals are values.</remarks>
public interface ILedgerQueries
{
    /// <summary>Reads one operation of an account.</summary>
    /// <param name="account">The account.</param>
    /// <param name="id">The id of the operation. Any other id is refused with <see cref="Ledger.Commands.RefusalCode.OperationNotFound"/>.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask<Outcome<AccountOperation>> ReadOperationAsync(AccountId account, EntryId id, CancellationToken cancellationToken);

    /// <summary>Reads lines of one operation of an account, in order.</summary>
    /// <param name="account">The account.</param>
    /// <param name="id">The id of the operation, as for <see cref="ReadOperationAsync"/>.</param>
    /// <param name="after">How many entries of the operation to skip: 0, or <see cref="OperationLines.Next"/> of the previous page.</param>
    /// <param name="countMax">The most lines to return, at least 1.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask<Outcome<OperationLines>> ReadLinesAsync(AccountId account, EntryId id, long after, int countMax, CancellationToken cancellationToken);

    /// <summary>Reads the operations of an account, newest first.</summary>
    ValueTask<Outcome<HistoryPage>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken);

    /// <summary>Reads the balance of an account at an instant in the past, as it was known then.</summary>
    /// <param name="account">The account.</param>
    /// <param name="knownAt">Only entries recorded by this instant and events due by then count. A future instant is refused.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask<Outcome<AccountBalance>> ReadBalanceAsOfAsync(AccountId account, Instant knownAt, CancellationToken cancellationToken);

    /// <summary>Sums the points of an account's entries that were effective by one instant, as known at another.</summary>
    /// <param name="account">The account.</param>
    /// <param name="effectiveAt">Up to this instant count transactions by timestamp, expiries by the lot's expiry, and other entries by time of recording.</param>
    /// <param name="knownAt">As for <see cref="ReadBalanceAsOfAsync"/>. Null: now.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask<Outcome<EffectiveBalance>> ReadEffectiveBalanceAsync(AccountId account, Instant effectiveAt, Instant? knownAt, CancellationToken cancellationToken);

    /// <summary>Reads open lots of an account in spending order.</summary>
    /// <param name="account">The account.</param>
    /// <param name="after">Only lots after this place, from <see cref="LotPage.Next"/>; all if null.</param>
    /// <param name="countMax">The most items to return, at least 1.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask<Outcome<LotPage>> ReadLotsAsync(AccountId account, LotPlace? after, int countMax, CancellationToken cancellationToken);

    /// <summary>Lists all accounts that have entries, with their balances, in ordinal order. An account with damaged stored rows has no balance.</summary>
    /// <param name="prefix">The prefix of their keys, which may be empty.</param>
    /// <param name="after">Only items after this one; all if null.</param>
    /// <param name="countMax">The most items to return, at least 1.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask<Outcome<AccountPage>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken);

    /// <summary>Lists payers with their points over all accounts, in ordinal order.</summary>
    /// <param name="only">Only this payer; all if null.</param>
    /// <param name="after">Only items after this one; all if null.</param>
    /// <param name="countMax">The most items to return, at least 1.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    ValueTask<Outcome<PayerPage>> ListPayersAsync(PayerName? only, PayerName? after, int countMax, CancellationToken cancellationToken);

    /// <summary>Reads the changes of a payer's points between two UTC days.</summary>
    /// <param name="payer">The payer. An unknown payer has a statement of zeros.</param>
    /// <param name="from">The first day.</param>
    /// <param name="until">The day after the last one, later than <paramref name="from"/>. The query is refused if the last day is not over.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <returns>The statement. It is always the same for the same parameters.</returns>
    ValueTask<Outcome<PayerStatement>> ReadStatementAsync(PayerName payer, DateOnly from, DateOnly until, CancellationToken cancellationToken);
}
