using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads accounts, keys and what became of spends out of the projection. Not thread-safe.</summary>
internal sealed class AccountReader : SnapshotReader
{
    private readonly Statement _position;
    private readonly Statement _account;
    private readonly Statement _payers;
    private readonly Statement _lots;
    private readonly Statement _key;
    private readonly Statement _subjectEnd;
    private readonly HoldReader _holds;

    public AccountReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
        : base(path, busyTimeout, mode)
    {
        _position = Prepare(
            "SELECT last_sequence, seal, target_sequence, target_seal, EXISTS (SELECT 1 FROM damaged_account) FROM projection_position");
        _account = Prepare("SELECT stands_at, flushed_through, flushed_through_before, open_lots FROM account WHERE account = ?1");
        _payers = Prepare("SELECT payer, points, outstanding, first_sequence FROM payer_balance WHERE account = ?1");
        _lots = Prepare(
            "SELECT occurred_at, sequence, payer, remaining, expires_at FROM open_lot WHERE account = ?1 ORDER BY occurred_at, sequence");
        _key = Prepare("SELECT hash, operation, decided_at FROM idempotency_key WHERE account = ?1 AND key = ?2");
        _subjectEnd = Prepare("SELECT kind, sequence FROM operation_end WHERE account = ?1 AND subject = ?2");
        _holds = new HoldReader(Prepare);
    }

    /// <summary>Reads how far the projection has come.</summary>
    public ProjectionPosition ReadPosition()
    {
        if (!_position.Step())
        {
            return ProjectionPosition.Start;
        }

        ProjectionPosition position = new(
            new Sequence(_position.Int64(0)), _position.DigestAt(1), new Sequence(_position.Int64(2)), _position.DigestAt(3))
        {
            HasDamagedAccounts = _position.Int64(4) != 0,
        };
        _position.Reset();
        return position;
    }

    /// <summary>Reads what was asked for, all in one snapshot, accounts with few lots first.</summary>
    public IEnumerable<LoadedAccount> Load(LoadRequest request)
    {
        BeginSnapshot();
        CheckPosition(request.Through);
        List<(AccountRequest Request, AccountRow Row, long OpenLots)> accounts = [.. request.Accounts.Select(ReadRow)];
        accounts.Sort(static (left, right) => left.OpenLots.CompareTo(right.OpenLots));
        foreach ((AccountRequest account, AccountRow row, long openLots) in accounts)
        {
            yield return Read(account, row, openLots);
        }

        EndSnapshot();
    }

    private LoadedAccount Read(AccountRequest account, AccountRow row, long openLots)
    {
        try
        {
            ThrowIfMarked(account.Account);
            return new LoadedAccount(
                account.Account,
                account.WithState ? ReadSnapshot(account.Account, row, openLots) : null,
                ReadKeys(account),
                ReadEnds(account));
        }
        catch (AccountDamagedException damage)
        {
            return LoadedAccount.Damaged(damage);
        }
        catch (InvalidRowException fault)
        {
            AbandonStatements();
            return LoadedAccount.Damaged(new AccountDamagedException(account.Account, fault.Message));
        }
    }

    private void CheckPosition(Sequence needed)
    {
        Sequence position = ReadPosition().Last;
        if (position < needed)
        {
            throw new ProjectionBehindException(position, needed);
        }
    }

    private (AccountRequest Request, AccountRow Row, long OpenLots) ReadRow(AccountRequest request)
    {
        if (!request.WithState || !_account.Bind(1, request.Account.Value).Step())
        {
            return (request, default, 0);
        }

        (AccountRequest Request, AccountRow Row, long OpenLots) row = (request, _account.AccountRowAt(0), _account.Int64(3));
        _account.Reset();
        return row;
    }

    private AccountSnapshot ReadSnapshot(AccountId account, AccountRow row, long openLots)
    {
        List<PayerSnapshot> payers = ReadPayers(account);
        if (row.StandsAt == Sequence.Zero)
        {
            return payers.Count == 0 ? AccountSnapshot.Empty(account) : throw new AccountDamagedException(account, "it has balances and no account row");
        }

        AccountSnapshot snapshot = new(account, row.StandsAt, payers, ReadLots(account, payers))
        {
            Holds = _holds.Read(account, new FlushMarks(row.FlushedThrough, row.FlushedThroughBefore).IsFlushed(row.StandsAt)),
            FlushedThrough = row.FlushedThrough,
            FlushedThroughBefore = row.FlushedThroughBefore,
        };
        SnapshotCheck.ThrowIfDamaged(snapshot, openLots);
        return snapshot;
    }

    private List<PayerSnapshot> ReadPayers(AccountId account)
    {
        List<PayerSnapshot> payers = [];
        _payers.Bind(1, account.Value);
        while (_payers.Step())
        {
            payers.Add(new PayerSnapshot(
                _payers.PayerAt(0),
                new Points(_payers.Int64(1)),
                new Points(_payers.Int64(2)),
                new Sequence(_payers.Int64(3))));
        }

        payers.Sort(static (left, right) => left.FirstSequence.CompareTo(right.FirstSequence));
        return payers;
    }

    private List<LotSnapshot> ReadLots(AccountId account, List<PayerSnapshot> payers)
    {
        Dictionary<string, PayerName> names = payers.ToDictionary(payer => payer.Name.Value, payer => payer.Name, StringComparer.Ordinal);
        List<LotSnapshot> lots = [];
        _lots.Bind(1, account.Value);
        while (_lots.Step())
        {
            lots.Add(new LotSnapshot(
                new LotKey(_lots.InstantAt(0), new Sequence(_lots.Int64(1))),
                names.GetValueOrDefault(_lots.Text(2)) ?? throw new InvalidRowException($"lot {_lots.Int64(1)} is of a payer without a balance"),
                new Points(_lots.Int64(3)),
                _lots.OptionalInstantAt(4)));
        }

        return lots;
    }

    private Dictionary<IdempotencyKey, KeyRecord> ReadKeys(AccountRequest request)
    {
        Dictionary<IdempotencyKey, KeyRecord> keys = [];
        foreach (IdempotencyKey key in request.Keys)
        {
            if (_key.Bind(1, request.Account.Value).Bind(2, key.Value).Step())
            {
                keys[key] = new KeyRecord(_key.DigestAt(0), new Sequence(_key.Int64(1)), _key.InstantAt(2));
                _key.Reset();
            }
        }

        return keys;
    }

    private Dictionary<Sequence, SubjectEnd> ReadEnds(AccountRequest request)
    {
        Dictionary<Sequence, SubjectEnd> ends = [];
        foreach (Sequence subject in request.Subjects)
        {
            if (_subjectEnd.Bind(1, request.Account.Value).Bind(2, subject.Value).Step())
            {
                ends[subject] = new SubjectEnd(_subjectEnd.KindAt(0), new Sequence(_subjectEnd.Int64(1)));
                _subjectEnd.Reset();
            }
        }

        return ends;
    }
}
