using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The tables about single accounts, derived from the journal of one partition. They may be deleted at any time, because the server can rebuild them.</summary>
/// <remarks>
/// One caller of this process at a time calls <see cref="ApplyAsync"/> and <see cref="ResetAsync"/>. Any thread may read meanwhile. If the journal is shared, other
/// processes may apply rounds or empty the tables at any time.
/// </remarks>
public interface IAccountStore : IAsyncDisposable
{
    /// <summary>Reads the position of the account store.</summary>
    /// <exception cref="AccountStoreDamagedException">The tables cannot be read and must be rebuilt.</exception>
    ValueTask<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken);

    /// <summary>Reads accounts and keys, all as of one moment. Accounts with few lots come first, so that a large account delays no other one.</summary>
    /// <param name="request">What to read.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>One item for each account of the request. Damaged rows affect only their own account, see <see cref="LoadedAccount.Damage"/>.</returns>
    /// <exception cref="AccountStoreBehindException">The tables contain less than the request requires.</exception>
    IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, CancellationToken cancellationToken);

    /// <summary>Applies a round to the tables and moves the position to its end.</summary>
    /// <returns>
    /// False if the position is not the beginning of the round, or if the tables were emptied during the round. Then another process
    /// writes as well, and nothing wrong was written.
    /// </returns>
    /// <remarks>
    /// It may stop at any point. The caller may repeat it with the same round or a longer one, because an account's rows carry the
    /// sequence that they stand at.
    /// If other processes may call <see cref="ResetAsync"/>, each transaction of a round must make sure that the tables are still the same.
    /// Comparing positions is not enough, because a process may have emptied the tables and refilled them up to the same position.
    /// An erasure deletes all rows of its account, including damaged ones and those of its operations. It also adds itself to the list of <see cref="ListErasuresAsync"/>.
    /// </remarks>
    /// <exception cref="AccountStoreDamagedException">The tables cannot be written and must be rebuilt.</exception>
    /// <seealso cref="SnapshotRound.Damages"/>
    /// <seealso cref="SnapshotRound.DirectoryDamage"/>
    ValueTask<bool> ApplyAsync(SnapshotRound round, CancellationToken cancellationToken);

    /// <summary>
    /// Marks an account whose rows are damaged. From then on, loads and reads report it as damaged, rounds skip its rows, and
    /// <see cref="AccountStorePosition.HasDamagedAccounts"/> is true. The mark stays until the account is repaired or the tables are emptied.
    /// </summary>
    /// <remarks>Only the caller of <see cref="ApplyAsync"/> calls it, between rounds. A round itself marks accounts whose rows it finds damaged.</remarks>
    ValueTask MarkDamagedAsync(AccountDamagedException damage, CancellationToken cancellationToken);

    /// <summary>Rewrites all rows of one account, whatever they are now, and removes its mark.</summary>
    /// <param name="entries">All entries of the account up to the position. If there are none, the account gets no rows.</param>
    /// <param name="position">The position.</param>
    /// <param name="cancellationToken">Cancels the repair.</param>
    /// <returns>False if the position differs, or if a round is in progress, because it may skip the account. Then nothing changes.</returns>
    /// <remarks>Only the caller of <see cref="ApplyAsync"/> calls it, between rounds.</remarks>
    /// <exception cref="AccountDamagedException">The account's part of the directory is damaged too, or contains an account without entries. The directory must be rewritten first; nothing changes.</exception>
    ValueTask<bool> RepairAsync(AccountEntries entries, Sequence position, CancellationToken cancellationToken);

    /// <summary>Rewrites the whole directory, whatever it is now, and also the list of erasures if requested.</summary>
    /// <param name="lists">The accounts and the erasures of the journal up to the position.</param>
    /// <param name="withErasures">Whether to rewrite the list of erasures. It then contains finished erasures as well.</param>
    /// <param name="position">The position.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>False if the position differs, or if a round is in progress, because its rows may be ahead of the position. Then nothing changes.</returns>
    /// <remarks>Only the caller of <see cref="ApplyAsync"/> calls it, between rounds.</remarks>
    ValueTask<bool> RewriteListsAsync(AccountLists lists, bool withErasures, Sequence position, CancellationToken cancellationToken);

    /// <summary>Lists unfinished erasures. The journal may still contain texts of their accounts.</summary>
    /// <param name="after">Only erasures after this entry.</param>
    /// <param name="countMax">The maximum number, at least 1.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The erasures up to the position, in journal order.</returns>
    ValueTask<IReadOnlyList<AccountErasure>> ListErasuresAsync(Sequence after, int countMax, CancellationToken cancellationToken);

    /// <summary>Removes erasures from the list, after removing the store's remains of deleted rows that the journal has not removed.</summary>
    /// <remarks>Only the caller of <see cref="ApplyAsync"/> calls it, between rounds.</remarks>
    /// <param name="erasures">Erasures whose texts are no longer in the journal.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageFailureException">The store failed or is too busy. The caller must try again.</exception>
    ValueTask FinishErasuresAsync(IReadOnlyList<AccountErasure> erasures, CancellationToken cancellationToken);

    /// <summary>Empties all tables, whatever they contain, and sets the position to the beginning. It waits for reads in progress, or they see the tables as before.</summary>
    ValueTask ResetAsync(CancellationToken cancellationToken);

    /// <summary>Lists operations of one account, with the account's own row.</summary>
    /// <returns>At most <see cref="OperationQuery.CountMax"/> operations in the requested order; fewer if there are no more.</returns>
    /// <exception cref="AccountDamagedException">The account is marked as damaged, or its row is damaged.</exception>
    ValueTask<OperationPage> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken);

    /// <summary>Lists accounts that ever had an entry, in ordinal order, including accounts marked as damaged.</summary>
    /// <remarks>It deletes and logs rows whose account key is invalid, see <see cref="AccountStorePosition.RowsOfNoAccount"/>.</remarks>
    /// <param name="prefix">The prefix of their keys; may be empty.</param>
    /// <param name="after">Only accounts after this one; all if null.</param>
    /// <param name="countMax">The maximum number, at least 1.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    ValueTask<IReadOnlyList<AccountId>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken);

    /// <summary>Forgets that it deleted rows with invalid account keys, after a check of all accounts. Until then, a start rebuilds the tables.</summary>
    /// <param name="deletedRows">The value of <see cref="AccountStorePosition.RowsOfNoAccount"/> when the check began. If it is higher now, the call changes nothing.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    ValueTask FinishCheckAsync(long deletedRows, CancellationToken cancellationToken);

    /// <summary>Reads the rows that make up the balances of accounts, all as of one moment.</summary>
    /// <param name="accounts">The accounts, in any order and without duplicates.</param>
    /// <param name="now">Lots that have expired and holds that have ended by then are due.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>
    /// One item for each of the accounts that has rows, in any order. Of the lots, it reads only chunks with due ones. Damaged rows affect only their
    /// own account, see <see cref="StoredBalance.Damage"/>.
    /// </returns>
    ValueTask<IReadOnlyList<StoredBalance>> ReadBalancesAsync(IReadOnlyList<AccountId> accounts, Instant now, CancellationToken cancellationToken);

    /// <summary>Reads the rows of a page of an account's lots, all as of one moment.</summary>
    /// <remarks>It reads the lots before the place only if <see cref="OwedAtPlace"/> does not know what payers owe there.</remarks>
    /// <exception cref="AccountDamagedException">The rows of the account are damaged.</exception>
    ValueTask<LotRows> ReadLotsAsync(LotQuery query, CancellationToken cancellationToken);

    /// <summary>Adds up the points left in expired lots that the sweeper has not handled yet, all as of one moment.</summary>
    /// <param name="now">Lots that have expired by then count.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    ValueTask<DueSums> ReadDueAsync(Instant now, CancellationToken cancellationToken);

    /// <summary>Lists accounts with due lots or due holds of pending spends.</summary>
    /// <remarks>It deletes rows whose account key is invalid, as <see cref="ListAccountsAsync"/> does.</remarks>
    /// <param name="now">The time by which lots and holds are due.</param>
    /// <param name="countMax">The maximum number, at least 1.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>The accounts, earliest due time first, without duplicates and without those marked as damaged.</returns>
    ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken);

    /// <summary>Deletes idempotency keys that are too old to count. Only the caller of <see cref="ApplyAsync"/> calls it, between rounds.</summary>
    /// <param name="decidedBefore">Deletes keys of commits decided before this time.</param>
    /// <param name="countMax">The maximum number, at least 1, so that no transaction takes long.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The number of deleted keys.</returns>
    ValueTask<int> ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken);
}
