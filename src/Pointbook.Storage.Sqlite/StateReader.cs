using Microsoft.Data.Sqlite;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads balances and pages of lots from the snapshots. Not thread-safe.</summary>
internal sealed class StateReader : SnapshotReader
{
    private readonly SnapshotRows _rows;
    private readonly TablePosition _position;
    private readonly DueRows _due;

    public StateReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
        : base(path, busyTimeout, mode)
    {
        (_rows, _position) = (new SnapshotRows(Prepare), new TablePosition(Prepare));
        _due = new DueRows(Prepare, _rows);
    }

    /// <summary>Reads the parts of the balances of accounts. Leaves out accounts that do not exist. A damaged snapshot affects only its account.</summary>
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

    /// <summary>Reads the parts of a page of lots.</summary>
    public LotRows ReadLots(LotQuery query) => OfAccount(query.Account, () => ReadLotsOf(query));

    /// <summary>Adds up the remaining points of expired lots.</summary>
    public DueSums ReadDue(Instant now)
    {
        BeginSnapshot();
        DueSums due = _due.Read(now);
        EndSnapshot();
        return due;
    }

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

        rows = rows with { Position = _position.Read() };
        EndSnapshot();
        return rows;
    }
}
