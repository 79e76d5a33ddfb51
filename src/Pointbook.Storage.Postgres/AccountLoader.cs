using System.Runtime.CompilerServices;
using Npgsql;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads accounts and keys out of the projection, in one snapshot and a few queries. Used once.</summary>
internal sealed class AccountLoader(NpgsqlConnection connection, int partition, LoadRequest request)
{
    // Accounts with fewer lots than this are read together; each of the others is read alone, after them.
    private const long LotsOfGiant = 2_000;

    private readonly Dictionary<string, (Sequence StandsAt, long OpenLots)> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<PayerSnapshot>> _payers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<LotSnapshot>> _lots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<IdempotencyKey, KeyRecord>> _keys = new(StringComparer.Ordinal);

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
                await ReadLotsAsync([accounts[index].Account.Value], cancellationToken).ConfigureAwait(false);
            }

            yield return ToLoaded(accounts[index]);
        }
    }

    /// <summary>Reads the position, the accounts' own rows and the keys.</summary>
    private async Task ReadHeadersAsync(CancellationToken cancellationToken)
    {
        (string Account, string Key)[] keys =
            [.. request.Accounts.SelectMany(account => account.Keys.Select(key => (account.Account.Value, key.Value)))];
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add("SELECT last_sequence FROM projection_position WHERE partition = $1").AddInt(partition);
            batch.Add("SELECT account, stands_at, open_lots FROM account WHERE account = ANY ($1) AND partition = $2")
                .AddTexts(StatesWanted()).AddInt(partition);
            batch.Add(
                """
                SELECT account, key, hash, operation
                FROM unnest($1::text[], $2::text[]) AS wanted (account, key)
                JOIN idempotency_key USING (account, key)
                WHERE partition = $3
                """)
                .AddTexts([.. keys.Select(key => key.Account)])
                .AddTexts([.. keys.Select(key => key.Key)])
                .AddInt(partition);
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    throw new ProjectionDamagedException($"The projection of partition {partition} has no position.");
                }

                CheckPosition(new Sequence(row.GetInt64(0)));
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    _rows.Add(row.GetString(0), (new Sequence(row.GetInt64(1)), row.GetInt64(2)));
                }

                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    ListOf(_keys, row.GetString(0))
                        .Add(IdempotencyKey.FromTrusted(row.GetString(1)), new KeyRecord(JournalRows.ToDigest(row, 2), new Sequence(row.GetInt64(3))));
                }
            }
        }
    }

    /// <summary>Reads the lines of all accounts and the lots of those that have few.</summary>
    private async Task ReadRowsAsync(List<AccountRequest> accounts, int giants, CancellationToken cancellationToken)
    {
        string[] wanted = StatesWanted();
        if (wanted.Length == 0)
        {
            return;
        }

        // Also of accounts without a row of their own, which must not have any.
        NpgsqlCommand command = new(
            """
            SELECT account, payer, points, outstanding, first_sequence
            FROM payer_balance
            WHERE account = ANY ($1) AND partition = $2
            ORDER BY account, first_sequence
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddTexts(wanted).AddInt(partition);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    ListOf(_payers, row.GetString(0)).Add(new PayerSnapshot(
                        PayerName.FromTrusted(row.GetString(1)),
                        new Points(row.GetInt64(2)),
                        new Points(row.GetInt64(3)),
                        new Sequence(row.GetInt64(4))));
                }
            }
        }

        string[] withFewLots = [.. accounts.Take(giants).Where(account => LotsOf(account) > 0).Select(account => account.Account.Value)];
        if (withFewLots.Length > 0)
        {
            await ReadLotsAsync(withFewLots, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ReadLotsAsync(string[] accounts, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            """
            SELECT account, occurred_at, sequence, payer, remaining, expires_at
            FROM lot
            WHERE account = ANY ($1) AND partition = $2
            ORDER BY account, occurred_at, sequence
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddTexts(accounts).AddInt(partition);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    string account = row.GetString(0);
                    ListOf(_lots, account).Add(new LotSnapshot(
                        new LotKey(PostgresTime.Read(row, 1), new Sequence(row.GetInt64(2))),
                        FindPayer(account, row.GetString(3)),
                        new Points(row.GetInt64(4)),
                        PostgresTime.ReadOptional(row, 5)));
                }
            }
        }
    }

    /// <summary>The payer's name as the account's lines have it, so that many lots share one.</summary>
    private PayerName FindPayer(string account, string payer)
    {
        foreach (PayerSnapshot line in ListOf(_payers, account))
        {
            if (string.Equals(line.Name.Value, payer, StringComparison.Ordinal))
            {
                return line.Name;
            }
        }

        throw new ProjectionDamagedException($"{account} has a lot of a payer without a line.");
    }

    private string[] StatesWanted() => [.. request.Accounts.Where(account => account.WithState).Select(account => account.Account.Value)];

    private void CheckPosition(Sequence position)
    {
        if (position < request.Through)
        {
            throw new ProjectionBehindException(position, request.Through);
        }
    }

    private long LotsOf(AccountRequest account) => _rows.TryGetValue(account.Account.Value, out (Sequence, long OpenLots) row) ? row.OpenLots : 0;

    private LoadedAccount ToLoaded(AccountRequest account) => new(
        account.Account,
        account.WithState ? ToSnapshot(account.Account) : null,
        _keys.Remove(account.Account.Value, out Dictionary<IdempotencyKey, KeyRecord>? keys) ? keys : []);

    private AccountSnapshot ToSnapshot(AccountId account)
    {
        if (!_rows.TryGetValue(account.Value, out (Sequence StandsAt, long OpenLots) row))
        {
            return _payers.ContainsKey(account.Value)
                ? throw new ProjectionDamagedException($"{account} has lines and no row of its own.")
                : AccountSnapshot.Empty(account);
        }

        _lots.Remove(account.Value, out List<LotSnapshot>? lots);
        AccountSnapshot snapshot = new(account, row.StandsAt, ListOf(_payers, account.Value), lots ?? []);
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
