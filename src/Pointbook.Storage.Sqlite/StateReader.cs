using Microsoft.Data.Sqlite;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads balances and pages of lots out of the snapshots. Not thread-safe.</summary>
internal sealed class StateReader : SnapshotReader
{
    private readonly SnapshotRows _rows;

    public StateReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
        : base(path, busyTimeout, mode) => _rows = new SnapshotRows(Prepare);

    /// <summary>Reads what makes the balances of accounts; accounts that there are not are left out. A damaged snapshot costs its own account only.</summary>
    public IReadOnlyList<StoredBalance> ReadBalances(IReadOnlyList<AccountId> accounts, Instant now)
    {
        BeginSnapshot();
        List<StoredBalance> balances = new(accounts.Count);
        foreach (AccountId account in accounts)
        {
            try
            {
                if (OfAccount(account, () => ReadBalance(account, now)) is { } balance)
                {
                    balances.Add(StoredBalance.Of(balance));
                }
            }
            catch (AccountDamagedException damage)
            {
                AbandonStatements();
                balances.Add(StoredBalance.Damaged(damage));
            }
        }

        EndSnapshot();
        return balances;
    }

    /// <summary>Reads what makes a page of lots.</summary>
    public LotRows ReadLots(LotQuery query) => OfAccount(query.Account, () => ReadLotsOf(query));

    private BalanceRows? ReadBalance(AccountId account, Instant now)
    {
        ThrowIfMarked(account);
        if (_rows.Find(account) is not { } stored)
        {
            return null;
        }

        _rows.Provide(stored, stored.ChunksForBalance(now));
        return stored.ToBalance(now);
    }

    private LotRows ReadLotsOf(LotQuery query)
    {
        BeginSnapshot();
        ThrowIfMarked(query.Account);
        LotRows rows = LotRows.None;
        if (_rows.Find(query.Account) is { } stored)
        {
            while (stored.ChunksForLots(query) is { Count: > 0 } chunks)
            {
                _rows.Provide(stored, chunks);
            }

            rows = stored.ToLots(query);
        }

        EndSnapshot();
        return rows;
    }
}
