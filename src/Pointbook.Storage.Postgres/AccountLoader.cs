using System.Runtime.CompilerServices;
using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads accounts and keys out of the projection, in one snapshot and a few queries. Used once.</summary>
internal sealed class AccountLoader(NpgsqlConnection connection, int partition, LoadRequest request)
{
    // Accounts with fewer lots than this are read together; each of the others is read alone, after them.
    private const long LotsOfGiant = 2_000;

    private const string LotsSql =
        """
        SELECT account, occurred_at, sequence, payer, remaining, expires_at
        FROM lot
        WHERE account = ANY ($1) AND partition = $2
        ORDER BY account, occurred_at, sequence
        """;

    private readonly Dictionary<string, (AccountRow Row, long OpenLots)> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<PayerSnapshot>> _payers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, PayerName>> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<LotSnapshot>> _lots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<IdempotencyKey, KeyRecord>> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<Sequence, SubjectEnd>> _ends = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _damages = new(StringComparer.Ordinal);
    private readonly LoadedHolds _holds = new();

    /// <summary>Reads what was asked for, accounts with few lots first.</summary>
    /// <exception cref="ProjectionBehindException">The tables contain less than the request relies on.</exception>
    public async IAsyncEnumerable<LoadedAccount> LoadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ReadHeadersAsync(cancellationToken).ConfigureAwait(false);
        List<AccountRequest> accounts = [.. request.Accounts.OrderBy(LotsOf)];
        int small = accounts.FindIndex(account => LotsOf(account) >= LotsOfGiant);
        int giants = small < 0 ? accounts.Count : small;
        await ReadRowsAsync(accounts, giants, cancellationToken).ConfigureAwait(false);
        for (int index = 0; index < accounts.Count; index++)
        {
            if (index >= giants)
            {
                await ReadLotsAsync(accounts[index], cancellationToken).ConfigureAwait(false);
            }

            yield return ToLoaded(accounts[index]);
        }
    }

    /// <summary>Reads the position, the accounts' own rows, the keys and what became of spends.</summary>
    private async Task ReadHeadersAsync(CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            AddHeaders(batch);
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    throw new ProjectionDamagedException($"The projection of partition {partition} has no position.");
                }

                CheckPosition(new Sequence(row.GetInt64(0)));
                await TakeNextAsync(row, AddDamage, cancellationToken).ConfigureAwait(false);
                await TakeNextAsync(row, AddRow, cancellationToken).ConfigureAwait(false);
                await TakeNextAsync(row, AddKey, cancellationToken).ConfigureAwait(false);
                await TakeNextAsync(row, AddEnd, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void AddHeaders(NpgsqlBatch batch)
    {
        (string Account, string Key)[] keys =
            [.. request.Accounts.SelectMany(account => account.Keys.Select(key => (account.Account.Value, key.Value)))];
        (string Account, long Subject)[] subjects =
            [.. request.Accounts.SelectMany(account => account.Subjects.Select(subject => (account.Account.Value, subject.Value)))];
        batch.Add("SELECT last_sequence FROM projection_position WHERE partition = $1").AddInt(partition);
        batch.Add("SELECT account, damage FROM damaged_account WHERE account = ANY ($1) AND partition = $2")
            .AddTexts([.. request.Accounts.Select(account => account.Account.Value)]).AddInt(partition);
        batch.Add(
            """
            SELECT account, open_lots, stands_at, flushed_through, flushed_through_before
            FROM account
            WHERE account = ANY ($1) AND partition = $2
            """)
            .AddTexts(StatesWanted()).AddInt(partition);
        batch.Add(
            """
            SELECT account, key, hash, operation, decided_at
            FROM unnest($1::text[], $2::text[]) AS wanted (account, key)
            JOIN idempotency_key USING (account, key)
            WHERE partition = $3
            """)
            .AddTexts([.. keys.Select(key => key.Account)])
            .AddTexts([.. keys.Select(key => key.Key)])
            .AddInt(partition);
        batch.Add(
            """
            SELECT account, subject, kind, sequence
            FROM unnest($1::text[], $2::bigint[]) AS wanted (account, subject)
            JOIN operation_end USING (account, subject)
            WHERE partition = $3
            """)
            .AddTexts([.. subjects.Select(subject => subject.Account)])
            .AddBigints([.. subjects.Select(subject => subject.Subject)])
            .AddInt(partition);
    }

    /// <summary>Reads the lines and holds of all accounts and the lots of those that have few.</summary>
    private async Task ReadRowsAsync(List<AccountRequest> accounts, int giants, CancellationToken cancellationToken)
    {
        string[] wanted = StatesWanted();
        if (wanted.Length == 0)
        {
            return;
        }

        string[] withFewLots = [.. accounts.Take(giants).Where(account => LotsOf(account) > 0).Select(account => account.Account.Value)];
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            // Also of accounts without a row of their own, which must not have any.
            batch.Add(
                """
                SELECT account, payer, points, outstanding, first_sequence
                FROM payer_balance
                WHERE account = ANY ($1) AND partition = $2
                ORDER BY account, first_sequence
                """)
                .AddTexts(wanted).AddInt(partition);
            batch.Add(LoadedHolds.HoldsSql).AddTexts(wanted).AddInt(partition);
            batch.Add(LoadedHolds.DrawsSql).AddTexts(wanted).AddInt(partition);
            batch.Add(LotsSql).AddTexts(withFewLots).AddInt(partition);
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await TakeAsync(row, AddPayer, cancellationToken).ConfigureAwait(false);
                await TakeNextAsync(row, AddHold, cancellationToken).ConfigureAwait(false);
                await TakeNextAsync(row, _holds.AddDraw, cancellationToken).ConfigureAwait(false);
                await TakeNextAsync(row, AddLot, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ReadLotsAsync(AccountRequest account, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(LotsSql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddTexts([account.Account.Value]).AddInt(partition);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await TakeAsync(row, AddLot, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task TakeNextAsync(NpgsqlDataReader row, Action<NpgsqlDataReader> take, CancellationToken cancellationToken)
    {
        await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
        await TakeAsync(row, take, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes rows that begin with the account. A row that cannot be one costs its account only.</summary>
    private async Task TakeAsync(NpgsqlDataReader row, Action<NpgsqlDataReader> take, CancellationToken cancellationToken)
    {
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            string account = row.GetString(0);
            if (_damages.ContainsKey(account))
            {
                continue;
            }

            try
            {
                take(row);
            }
            catch (InvalidRowException fault)
            {
                _damages.Add(account, fault.Message);
            }
        }
    }

    private void AddDamage(NpgsqlDataReader row) => _damages.Add(row.GetString(0), row.GetString(1));

    private void AddRow(NpgsqlDataReader row) => _rows.Add(row.GetString(0), (AccountReader.ToRow(row, 2), row.GetInt64(1)));

    private void AddKey(NpgsqlDataReader row) => ListOf(_keys, row.GetString(0)).Add(
        IdempotencyKey.FromTrusted(row.GetString(1)),
        new KeyRecord(JournalRows.ToDigest(row, 2), new Sequence(row.GetInt64(3)), PostgresTime.Read(row, 4)));

    private void AddEnd(NpgsqlDataReader row) => ListOf(_ends, row.GetString(0)).Add(
        new Sequence(row.GetInt64(1)), new SubjectEnd(Columns.KindAt(row, 2), new Sequence(row.GetInt64(3))));

    private void AddPayer(NpgsqlDataReader row)
    {
        string account = row.GetString(0);
        PayerName payer = Columns.PayerAt(row, 1);
        ListOf(_payers, account).Add(
            new PayerSnapshot(payer, new Points(row.GetInt64(2)), new Points(row.GetInt64(3)), new Sequence(row.GetInt64(4))));
        NamesOf(account).Add(payer.Value, payer);
    }

    private void AddHold(NpgsqlDataReader row)
    {
        // An account without a row must have no holds. ToSnapshot refuses one that has some.
        if (_rows.TryGetValue(row.GetString(0), out (AccountRow Row, long OpenLots) own))
        {
            LoadedHolds.CheckAside(row, new FlushMarks(own.Row.FlushedThrough, own.Row.FlushedThroughBefore).IsFlushed(own.Row.StandsAt));
        }

        _holds.AddHold(row);
    }

    private void AddLot(NpgsqlDataReader row)
    {
        string account = row.GetString(0);
        ListOf(_lots, account).Add(new LotSnapshot(
            new LotKey(PostgresTime.Read(row, 1), new Sequence(row.GetInt64(2))),
            FindPayer(account, row.GetString(3)),
            new Points(row.GetInt64(4)),
            PostgresTime.ReadOptional(row, 5)));
    }

    /// <summary>The payer's name as the account's lines have it, so that many lots share one.</summary>
    private PayerName FindPayer(string account, string payer) => NamesOf(account).TryGetValue(payer, out PayerName? name)
        ? name
        : throw new InvalidRowException("a lot is of a payer without a balance");

    private Dictionary<string, PayerName> NamesOf(string account)
    {
        if (!_names.TryGetValue(account, out Dictionary<string, PayerName>? names))
        {
            names = new Dictionary<string, PayerName>(StringComparer.Ordinal);
            _names.Add(account, names);
        }

        return names;
    }

    private string[] StatesWanted() => [.. request.Accounts.Where(account => account.WithState).Select(account => account.Account.Value)];

    private void CheckPosition(Sequence position)
    {
        if (position < request.Through)
        {
            throw new ProjectionBehindException(position, request.Through);
        }
    }

    private long LotsOf(AccountRequest account) => _rows.TryGetValue(account.Account.Value, out (AccountRow Row, long OpenLots) row) ? row.OpenLots : 0;

    private LoadedAccount ToLoaded(AccountRequest account)
    {
        try
        {
            return _damages.TryGetValue(account.Account.Value, out string? damage)
                ? LoadedAccount.Damaged(new AccountDamagedException(account.Account, damage))
                : new LoadedAccount(
                    account.Account,
                    account.WithState ? ToSnapshot(account.Account) : null,
                    _keys.Remove(account.Account.Value, out Dictionary<IdempotencyKey, KeyRecord>? keys) ? keys : [],
                    _ends.Remove(account.Account.Value, out Dictionary<Sequence, SubjectEnd>? ends) ? ends : []);
        }
        catch (AccountDamagedException found)
        {
            return LoadedAccount.Damaged(found);
        }
        catch (InvalidRowException fault)
        {
            return LoadedAccount.Damaged(new AccountDamagedException(account.Account, fault.Message));
        }
    }

    private AccountSnapshot ToSnapshot(AccountId account)
    {
        IReadOnlyList<HoldSnapshot> holds = _holds.Of(account.Value);
        if (!_rows.TryGetValue(account.Value, out (AccountRow Row, long OpenLots) row))
        {
            return _payers.ContainsKey(account.Value) || holds.Count > 0
                ? throw new InvalidRowException("it has balances or holds and no account row")
                : AccountSnapshot.Empty(account);
        }

        _lots.Remove(account.Value, out List<LotSnapshot>? lots);
        AccountSnapshot snapshot = new(account, row.Row.StandsAt, ListOf(_payers, account.Value), lots ?? [])
        {
            Holds = holds,
            FlushedThrough = row.Row.FlushedThrough,
            FlushedThroughBefore = row.Row.FlushedThroughBefore,
        };
        SnapshotCheck.ThrowIfDamaged(snapshot, row.OpenLots);
        return snapshot;
    }

    private static T ListOf<T>(Dictionary<string, T> lists, string account)
        where T : class, new()
    {
        if (!lists.TryGetValue(account, out T? list))
        {
            list = new T();
            lists.Add(account, list);
        }

        return list;
    }
}
