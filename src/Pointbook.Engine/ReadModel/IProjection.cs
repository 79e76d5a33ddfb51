using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The tables derived from the journal of one partition. They may be deleted and rebuilt at any time.</summary>
/// <remarks>
/// <see cref="ApplyAsync"/> is called by one caller of this process at a time; loading may happen on any thread beside it, and
/// so may <see cref="ReadPositionAsync"/> where the journal is shared. Other processes may apply rounds or empty the tables
/// at any time there.
/// </remarks>
public interface IProjection : IAsyncDisposable
{
    /// <summary>Reads how far the projection has come.</summary>
    /// <exception cref="ProjectionDamagedException">The tables cannot be read and have to be rebuilt.</exception>
    ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken);

    /// <summary>Reads accounts and keys, all as of one moment. Accounts with few lots come first, so that a giant holds up nobody.</summary>
    /// <param name="request">What to read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>One item for each account of the request. Damaged rows cost their own account only, see <see cref="LoadedAccount.Damage"/>.</returns>
    /// <exception cref="ProjectionBehindException">The tables contain less than the request relies on.</exception>
    IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, CancellationToken cancellationToken);

    /// <summary>Takes a round into the tables and moves the position to its end.</summary>
    /// <returns>
    /// False if the position is not where the round begins, or the tables were emptied while the round was under way: somebody
    /// else projects as well. Nothing wrong was written then.
    /// </returns>
    /// <remarks>
    /// It may stop anywhere and be repeated, with the same round or a longer one: the rows of an account carry the sequence
    /// they stand at, and sums over accounts move with the position in one transaction. Where others may call
    /// <see cref="ResetAsync"/>, each transaction of a round has to make sure that the tables are still those it began with:
    /// comparing positions is not enough, because they may have been emptied and filled again up to the same position.
    /// </remarks>
    /// <exception cref="ProjectionDamagedException">The tables cannot be written to and have to be rebuilt.</exception>
    /// <seealso cref="ProjectionRound.Damages"/>
    ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken);

    /// <summary>
    /// Marks an account whose rows are damaged: from then on it is loaded and read as damaged, rounds pass over its rows, and
    /// <see cref="ProjectionPosition.HasDamagedAccounts"/> is true, until the account is repaired or the tables are emptied.
    /// </summary>
    /// <remarks>Called by the caller of <see cref="ApplyAsync"/> only, between rounds. A round marks accounts itself whose rows it finds damaged.</remarks>
    ValueTask MarkDamagedAsync(AccountDamagedException damage, CancellationToken cancellationToken);

    /// <summary>Writes all rows of one account again, whatever they are now, and removes its mark.</summary>
    /// <param name="entries">All entries of the account up to the position. If there are none, the account gets no rows.</param>
    /// <param name="position">The position.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False if the position is another one, or if a round is under way: it may pass over the account. Nothing is changed then.</returns>
    /// <remarks>Called by the caller of <see cref="ApplyAsync"/> only, between rounds. Sums over accounts stay as they are.</remarks>
    /// <exception cref="AccountDamagedException">The account's part of the directory is damaged too, or knows an account without entries, so all tables must be rebuilt. Nothing is changed.</exception>
    ValueTask<bool> RepairAsync(AccountEntries entries, Sequence position, CancellationToken cancellationToken);

    /// <summary>Empties all tables; the position is the beginning again.</summary>
    ValueTask ResetAsync(CancellationToken cancellationToken);

    /// <summary>Lists operations of one account.</summary>
    /// <returns>At most <see cref="OperationQuery.CountMax"/> rows in the order asked for; fewer if there are no more.</returns>
    /// <exception cref="AccountDamagedException">The account is marked as damaged.</exception>
    ValueTask<IReadOnlyList<OperationRow>> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken);

    /// <summary>Reads an account's own row; the default value if it has none.</summary>
    /// <exception cref="AccountDamagedException">The account is marked as damaged.</exception>
    ValueTask<AccountRow> ReadAccountAsync(AccountId account, CancellationToken cancellationToken);

    /// <summary>Lists accounts that were ever written on, in ordinal order, those that are marked as damaged included.</summary>
    /// <remarks>A row whose account key is invalid is passed over and logged, and the next start rebuilds the tables.</remarks>
    /// <param name="prefix">What their keys begin with; may be empty.</param>
    /// <param name="after">Only those behind this one; all if null.</param>
    /// <param name="countMax">How many at most, at least 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<IReadOnlyList<AccountId>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken);

    /// <summary>Reads the rows that make the balances of accounts, all as of one moment.</summary>
    /// <param name="accounts">Which accounts, in any order and each once.</param>
    /// <param name="now">Lots that have expired and holds that have ended by then are due.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>
    /// One item for each of the accounts that has rows, in any order. Of the lots, only chunks with due ones are read. Damaged rows cost their own account
    /// only, see <see cref="StoredBalance.Damage"/>.
    /// </returns>
    ValueTask<IReadOnlyList<StoredBalance>> ReadBalancesAsync(IReadOnlyList<AccountId> accounts, Instant now, CancellationToken cancellationToken);

    /// <summary>Reads the rows that make a page of an account's lots, all as of one moment.</summary>
    /// <remarks>The lots before the place are read only to find out what is owed there, and only if <see cref="OwedAtPlace"/> does not know.</remarks>
    /// <exception cref="AccountDamagedException">The rows of the account are damaged.</exception>
    ValueTask<LotRows> ReadLotsAsync(LotQuery query, CancellationToken cancellationToken);

    /// <summary>Lists the sums of payers over all accounts, in payer order. Due points of accounts that are marked as damaged are unknown and do not count as due.</summary>
    /// <param name="query">Which payers.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    ValueTask<IReadOnlyList<PayerTotal>> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken);

    /// <summary>Reads what flowed and what is left of one payer, as far as it was recorded before a day.</summary>
    /// <param name="payer">Whose sums.</param>
    /// <param name="before">The first day that does not count any longer.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The days' sums in any order, all as of one moment.</returns>
    ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken);

    /// <summary>Lists accounts that have lots, or holds of pending spends, that are due.</summary>
    /// <remarks>Rows whose account key is invalid are passed over as in <see cref="ListAccountsAsync"/>.</remarks>
    /// <param name="now">What is due then.</param>
    /// <param name="countMax">How many at most, at least 1.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>Those with what was due earliest first, each once, without those that are marked as damaged.</returns>
    ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken);

    /// <summary>Deletes idempotency keys that are too old to count. Called by the caller of <see cref="ApplyAsync"/> only, between rounds.</summary>
    /// <param name="decidedBefore">Those decided before.</param>
    /// <param name="countMax">How many at most, at least 1, so that no transaction takes long.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many were deleted.</returns>
    ValueTask<int> ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken);
}
