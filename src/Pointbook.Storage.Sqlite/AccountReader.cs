using Microsoft.Data.Sqlite;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads accounts and keys out of the projection over a connection of its own. Not thread-safe.</summary>
internal sealed class AccountReader : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Statement _begin;
    private readonly Statement _end;
    private readonly Statement _position;
    private readonly Statement _account;
    private readonly Statement _payers;
    private readonly Statement _lots;
    private readonly Statement _key;

    public AccountReader(string path, TimeSpan busyTimeout)
    {
        _connection = Database.OpenReader(path, busyTimeout);
        _begin = new Statement(_connection, "BEGIN");
        _end = new Statement(_connection, "COMMIT");
        _position = new Statement(_connection, "SELECT last_sequence FROM projection_position");
        _account = new Statement(_connection, "SELECT stands_at, open_lots FROM account WHERE account = ?1");
        _payers = new Statement(_connection, "SELECT payer, points, outstanding, first_sequence FROM payer_balance WHERE account = ?1");
        _lots = new Statement(
            _connection,
            "SELECT occurred_at, sequence, payer, remaining, expires_at FROM open_lot WHERE account = ?1 ORDER BY occurred_at, sequence");
        _key = new Statement(_connection, "SELECT hash, operation FROM idempotency_key WHERE account = ?1 AND key = ?2");
    }

    /// <summary>Reads what was asked for, all in one snapshot, accounts with few lots first.</summary>
    public IEnumerable<LoadedAccount> Load(LoadRequest request)
    {
        _begin.Run();
        CheckPosition(request.Through);
        List<(AccountRequest Request, Sequence StandsAt, long OpenLots)> accounts = [.. request.Accounts.Select(ReadRow)];
        accounts.Sort(static (left, right) => left.OpenLots.CompareTo(right.OpenLots));
        foreach ((AccountRequest account, Sequence standsAt, long openLots) in accounts)
        {
            yield return new LoadedAccount(
                account.Account,
                account.WithState ? ReadSnapshot(account.Account, standsAt, openLots) : null,
                ReadKeys(account));
        }

        _end.Run();
    }

    public void Dispose()
    {
        foreach (Statement statement in new[] { _begin, _end, _position, _account, _payers, _lots, _key })
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private void CheckPosition(Sequence needed)
    {
        Sequence position = Sequence.Zero;
        if (_position.Step())
        {
            position = new Sequence(_position.Int64(0));
            _position.Reset();
        }

        if (position < needed)
        {
            throw new ProjectionBehindException(position, needed);
        }
    }

    private (AccountRequest Request, Sequence StandsAt, long OpenLots) ReadRow(AccountRequest request)
    {
        if (!request.WithState || !_account.Bind(1, request.Account.Value).Step())
        {
            return (request, Sequence.Zero, 0);
        }

        (AccountRequest Request, Sequence StandsAt, long OpenLots) row = (request, new Sequence(_account.Int64(0)), _account.Int64(1));
        _account.Reset();
        return row;
    }

    private AccountSnapshot ReadSnapshot(AccountId account, Sequence standsAt, long openLots)
    {
        if (standsAt == Sequence.Zero)
        {
            return AccountSnapshot.Empty(account);
        }

        List<PayerSnapshot> payers = ReadPayers(account);
        Dictionary<string, PayerName> names = payers.ToDictionary(payer => payer.Name.Value, payer => payer.Name, StringComparer.Ordinal);
        List<LotSnapshot> lots = [];
        _lots.Bind(1, account.Value);
        while (_lots.Step())
        {
            lots.Add(new LotSnapshot(
                new LotKey(Instant.FromUnixMicroseconds(_lots.Int64(0)), new Sequence(_lots.Int64(1))),
                names[_lots.Text(2)],
                new Points(_lots.Int64(3)),
                _lots.OptionalInt64(4) is { } expiresAt ? Instant.FromUnixMicroseconds(expiresAt) : null));
        }

        AccountSnapshot snapshot = new(account, standsAt, payers, lots);
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
                PayerName.FromTrusted(_payers.Text(0)),
                new Points(_payers.Int64(1)),
                new Points(_payers.Int64(2)),
                new Sequence(_payers.Int64(3))));
        }

        payers.Sort(static (left, right) => left.FirstSequence.CompareTo(right.FirstSequence));
        return payers;
    }

    private Dictionary<IdempotencyKey, KeyRecord> ReadKeys(AccountRequest request)
    {
        Dictionary<IdempotencyKey, KeyRecord> keys = [];
        foreach (IdempotencyKey key in request.Keys)
        {
            if (_key.Bind(1, request.Account.Value).Bind(2, key.Value).Step())
            {
                keys[key] = new KeyRecord(_key.DigestAt(0), new Sequence(_key.Int64(1)));
                _key.Reset();
            }
        }

        return keys;
    }
}
