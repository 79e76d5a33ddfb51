using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>What is read from the projection and the journal: histories, lists and statements. Thread-safe.</summary>
/// <remarks>Every answer reflects all writes that were acknowledged before the call began, by any process. Expected refusals are values.</remarks>
public interface ILedgerQueries
{
    /// <summary>Reads one operation of an account.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="id">Its id; anything else is refused with <see cref="Ledger.Commands.RefusalCode.OperationNotFound"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<Outcome<AccountOperation>> ReadOperationAsync(AccountId account, EntryId id, CancellationToken cancellationToken);

    /// <summary>Reads lines of one operation of an account, in order.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="id">The id of the operation, as for <see cref="ReadOperationAsync"/>.</param>
    /// <param name="after">How many entries of the operation to pass over: 0, or <see cref="OperationLines.Next"/> of the page before.</param>
    /// <param name="countMax">How many lines at most, at least 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<Outcome<OperationLines>> ReadLinesAsync(AccountId account, EntryId id, long after, int countMax, CancellationToken cancellationToken);

    /// <summary>Reads what happened in an account, newest first.</summary>
    ValueTask<Outcome<HistoryPage>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken);

    /// <summary>Reads what an account looked like as of an instant in the past, as far as was known then.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="knownAt">Only entries recorded up to then count, and what is due by then; now if null. A time to come is refused.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<Outcome<AccountBalance>> ReadBalanceAsOfAsync(AccountId account, Instant knownAt, CancellationToken cancellationToken);

    /// <summary>Sums the points of an account's entries that were effective at an instant, as far as was known at another.</summary>
    /// <param name="account">Whose.</param>
    /// <param name="effectiveAt">Timestamps of transactions, expiries of lots and times of recording of all else count up to then.</param>
    /// <param name="knownAt">As for <see cref="ReadBalanceAsOfAsync"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<Outcome<EffectiveBalance>> ReadEffectiveBalanceAsync(AccountId account, Instant effectiveAt, Instant? knownAt, CancellationToken cancellationToken);

    /// <summary>Reads open lots of an account in the order in which they are spent.</summary>
    /// <param name="account">Whose lots.</param>
    /// <param name="after">Only lots behind this place, from <see cref="LotPage.Next"/>; all if null.</param>
    /// <param name="countMax">How many at most, at least 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<Outcome<LotPage>> ReadLotsAsync(AccountId account, LotPlace? after, int countMax, CancellationToken cancellationToken);

    /// <summary>Lists accounts that were ever written on, with their balances, in ordinal order. One whose stored rows are damaged has none.</summary>
    /// <param name="prefix">What their keys begin with; may be empty.</param>
    /// <param name="after">Only those behind this one; all if null.</param>
    /// <param name="countMax">How many at most, at least 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<Outcome<AccountPage>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken);

    /// <summary>Lists payers with their points over all accounts, in ordinal order.</summary>
    /// <param name="only">This payer only; all if null.</param>
    /// <param name="after">Only those behind this one; all if null.</param>
    /// <param name="countMax">How many at most, at least 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<Outcome<PayerPage>> ListPayersAsync(PayerName? only, PayerName? after, int countMax, CancellationToken cancellationToken);

    /// <summary>Reads what became of a payer's points between two days of UTC.</summary>
    /// <param name="payer">Whose points; one that was never seen has a statement of zeros.</param>
    /// <param name="from">The first day.</param>
    /// <param name="until">The day after the last one, later than <paramref name="from"/>. A day that is not over is refused.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The same for the same parameters, whenever it is asked.</returns>
    ValueTask<Outcome<PayerStatement>> ReadStatementAsync(PayerName payer, DateOnly from, DateOnly until, CancellationToken cancellationToken);
}
