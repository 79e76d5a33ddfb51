using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Loads accounts, idempotency keys and the outcome of spends. Not thread-safe.</summary>
internal sealed class AccountReader : SnapshotReader
{
    private readonly Statement _position;
    private readonly SnapshotRows _rows;

    public AccountReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
        : base(path, busyTimeout, mode)
    {
        _position = Prepare(
            "SELECT last_sequence, seal, target_sequence, target_seal, EXISTS (SELECT 1 FROM damaged_account) FROM account_store_position");
        _rows = new SnapshotRows(Prepare);
    }

    /// <summary>Reads the position of the account store.</summary>
    /// <exception cref="AccountStoreDamagedException">There is no position.</exception>
    public AccountStorePosition ReadPosition()
    {
        if (!_position.Step())
        {
            throw TablePosition.Missing();
        }

        AccountStorePosition position = new(
            new Sequence(_position.Int64(0)), _position.DigestAt(1), new Sequence(_position.Int64(2)), _position.DigestAt(3))
        {
            HasDamagedAccounts = _position.Int64(4) != 0,
        };
        _position.Reset();
        return position;
    }

    /// <summary>Reads what the request asks for in one snapshot. Accounts with few lots come first.</summary>
    public IEnumerable<LoadedAccount> Load(LoadRequest request)
    {
        BeginSnapshot();
        Sequence target = CheckPosition(request.Through);
        List<(AccountRequest Request, StoredAccount? Stored, LoadedAccount? Damaged)> accounts = [.. request.Accounts.Select(account => ReadRow(account, request.ChecksDirectory))];
        accounts.Sort(static (left, right) => LotsOf(left.Stored).CompareTo(LotsOf(right.Stored)));
        foreach ((AccountRequest account, StoredAccount? stored, LoadedAccount? damaged) in accounts)
        {
            yield return damaged ?? Guard(account.Account, () => Read(account, stored!, target))!;
        }

        EndSnapshot();
    }

    private static int LotsOf(StoredAccount? stored) => stored?.LotCount ?? 0;

    private (AccountRequest Request, StoredAccount? Stored, LoadedAccount? Damaged) ReadRow(AccountRequest request, bool checksDirectory)
    {
        StoredAccount? stored = null;
        LoadedAccount? damaged = Guard(request.Account, () =>
        {
            ThrowIfMarked(request.Account);
            stored = checksDirectory ? _rows.ReadKnown(request.Account) : _rows.Read(request.Account);
            return null;
        });
        return (request, stored, damaged);
    }

    private LoadedAccount Read(AccountRequest request, StoredAccount stored, Sequence target)
    {
        if (request.WithState)
        {
            _rows.Provide(stored, stored.ChunksForSnapshot());
        }

        _rows.Provide(stored, stored.ChunksFor(request));
        return stored.ToLoaded(request, target);
    }

    /// <summary>Reads rows of an account. Damaged rows affect only this account.</summary>
    private LoadedAccount? Guard(AccountId account, Func<LoadedAccount?> read)
    {
        try
        {
            return read();
        }
        catch (AccountDamagedException damage)
        {
            AbandonStatements();
            return LoadedAccount.Damaged(damage);
        }
        catch (InvalidRowException fault)
        {
            AbandonStatements();
            return LoadedAccount.Damaged(AccountDamagedException.Of(account, fault));
        }
    }

    /// <returns>How far rows may be ahead of the position.</returns>
    private Sequence CheckPosition(Sequence needed)
    {
        AccountStorePosition position = ReadPosition();
        return position.Last >= needed ? position.TargetLast : throw new AccountStoreBehindException(position.Last, needed);
    }
}
