using System.Data;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The account store of one partition, in the database of its journal. Other processes may write as well.</summary>
public sealed partial class PostgresAccountStore : IAccountStore
{
    // Writing accounts locks the position's row, so other snapshot writers get their turn after each piece.
    private const int AccountsPerTransaction = 512;

    private const string MarkSql =
        "INSERT INTO damaged_account (account, partition, damage) SELECT unnest($1::text[]), $2, $3 ON CONFLICT (partition, account) DO NOTHING";

    // Damage of tables that a process has emptied meanwhile does not count.
    private const string DamageSql = "UPDATE account_store_position SET damage = $2 WHERE partition = $1 AND damage IS NULL AND resets = $3";

    // Only erasures that the position contains. An interrupted round is repeated, and then adds its erasures to the list again.
    private const string ErasuresSql =
        """
        SELECT opening, sequence
        FROM erasure
        WHERE partition = $1 AND sequence > $2 AND sequence <= (SELECT last_sequence FROM account_store_position WHERE partition = $1)
        ORDER BY sequence
        LIMIT $3
        """;

    private readonly NpgsqlDataSource _source;
    private readonly int _partition;
    private readonly ILogger _logger;
    private readonly bool _isReadOnly;
    private long _resets;

    internal PostgresAccountStore(NpgsqlDataSource source, int partition, ILogger logger, bool isReadOnly = false)
    {
        _source = source;
        _partition = partition;
        _logger = logger;
        _isReadOnly = isReadOnly;
    }

    /// <inheritdoc/>
    public ValueTask<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken) =>
        ConvertAsync(() => ReadRowAsync(cancellationToken));

    /// <inheritdoc/>
    public async IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        long resets = Volatile.Read(ref _resets);
        NpgsqlConnection connection = await ConvertAsync(() => _source.OpenConnectionAsync(cancellationToken)).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            NpgsqlTransaction snapshot = await ConvertAsync(
                () => connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken), connection).ConfigureAwait(false);
            await using (snapshot.ConfigureAwait(false))
            {
                AccountLoader loader = new(connection, _partition, request);
                IAsyncEnumerator<LoadedAccount> accounts = loader.LoadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
                await using (accounts.ConfigureAwait(false))
                {
                    while (await GuardAsync(accounts.MoveNextAsync, connection, resets).ConfigureAwait(false))
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        yield return accounts.Current;
                    }
                }

                // Nothing was written, so disposing of the transaction is as good as a commit.
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> ApplyAsync(SnapshotRound round, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(round);
        return GuardAsync(() => UseAsync(
            connection => TryApplyAsync(new RoundWriter(connection, _partition, round), round, cancellationToken), cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask MarkDamagedAsync(AccountDamagedException damage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(damage);
        await RunAsync(MarkSql, parameters => parameters.AddTexts([damage.Account.Value]).AddInt(_partition).AddText(damage.Damage), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<bool> RepairAsync(AccountEntries entries, Sequence position, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return GuardAsync(() => UseAsync(
            connection => new AccountRepairWriter(connection, _partition, entries).TryRunAsync(position, cancellationToken), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<bool> RewriteListsAsync(AccountLists lists, bool withErasures, Sequence position, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lists);
        return ConvertAsync(() => UseAsync(
            connection => new ListsWriter(connection, _partition).TryRunAsync(lists, withErasures, position, cancellationToken), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountErasure>> ListErasuresAsync(Sequence after, int countMax, CancellationToken cancellationToken) => ConvertAsync(() => ListReader.ReadAsync(
        _source,
        ErasuresSql,
        parameters => parameters.AddInt(_partition).AddSequence(after).AddInt(countMax),
        row => new AccountErasure(new Sequence(row.GetInt64(0)), new Sequence(row.GetInt64(1))),
        cancellationToken));

    /// <inheritdoc/>
    public async ValueTask FinishErasuresAsync(IReadOnlyList<AccountErasure> erasures, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(erasures);
        await ConvertAsync(() => UseAsync(
            connection => ErasureEnd.RunAsync(connection, _partition, erasures, cancellationToken), cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask ResetAsync(CancellationToken cancellationToken) =>
        await ConvertAsync(() => UseAsync(
            connection => new AccountStoreReset(connection, _partition).RunAsync(cancellationToken), cancellationToken)).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<OperationPage> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return GuardAsync(() => UseAsync(
            connection => new StateReader(connection, _partition).ListOperationsAsync(query, cancellationToken), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountId>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return ListAsync(() => new AccountReader(_source, _partition).ListAsync(prefix, after, countMax, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredBalance>> ReadBalancesAsync(IReadOnlyList<AccountId> accounts, Instant now, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(accounts);
        return GuardAsync(() => UseAsync(
            connection => new StateReader(connection, _partition).ReadBalancesAsync(accounts, now, cancellationToken), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<LotRows> ReadLotsAsync(LotQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return GuardAsync(() => OfAccountAsync(query.Account, () => UseAsync(
            connection => new StateReader(connection, _partition).ReadLotsAsync(query, cancellationToken), cancellationToken)));
    }

    /// <inheritdoc/>
    public ValueTask<DueSums> ReadDueAsync(Instant now, CancellationToken cancellationToken) =>
        GuardAsync(() => UseAsync(connection => new DueSumReader(connection, _partition).ReadAsync(now, cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken) =>
        ListAsync(() => new DueReader(_source, _partition).ListAsync(now, countMax, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<int> ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken) =>
        ConvertAsync(() => UseAsync(
            connection => new KeyPurge(connection, _partition, decidedBefore, countMax).RunAsync(cancellationToken), cancellationToken));

    /// <summary>Leaves the connections open, because they belong to the store.</summary>
    public ValueTask DisposeAsync()
    {
        _deleting.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<AccountStorePosition> ReadRowAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = _source.CreateCommand(
            """
            SELECT last_sequence, seal, target_sequence, target_seal, damage, resets,
                last_sequence > 0 AND accounts > 0 AND NOT EXISTS (SELECT FROM account WHERE account.partition = account_store_position.partition)
                    AND NOT EXISTS (SELECT FROM damaged_account WHERE damaged_account.partition = account_store_position.partition),
                EXISTS (SELECT FROM damaged_account WHERE damaged_account.partition = account_store_position.partition)
            FROM account_store_position
            WHERE partition = $1
            """);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(_partition);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    throw new AccountStoreDamagedException($"The account store of partition {_partition} has no position.");
                }

                Volatile.Write(ref _resets, row.GetInt64(5));
                if (row.GetBoolean(6))
                {
                    throw new AccountStoreDamagedException($"The account store of partition {_partition} has a position but no accounts.");
                }

                return new AccountStorePosition(
                    new Sequence(row.GetInt64(0)), JournalRows.ToDigest(row, 1), new Sequence(row.GetInt64(2)), JournalRows.ToDigest(row, 3))
                {
                    HasDamagedAccounts = row.GetBoolean(7),
                    Resets = row.GetInt64(5),
                    RowsOfNoAccount = Interlocked.Read(ref _rowsOfNoAccount),
                    Damage = row.IsDBNull(4) ? null : row.GetString(4),
                };
            }
        }
    }

    /// <summary>Uses a connection for several statements. A connection that breaks between two of them counts as a failure of the database.</summary>
    private async ValueTask<T> UseAsync<T>(Func<NpgsqlConnection, ValueTask<T>> use, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await ConvertAsync(() => use(connection), connection).ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> TryApplyAsync(RoundWriter writer, SnapshotRound round, CancellationToken cancellationToken)
    {
        if (!await writer.TryBeginAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        foreach (AccountEntries[] accounts in round.Accounts.Chunk(AccountsPerTransaction))
        {
            if (!await TryWriteAsync(writer, accounts, round, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        return await writer.TryEndAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes what the rows of some accounts do not contain yet. Finds an account with damaged rows by halving, marks it and skips it.</summary>
    private static async ValueTask<bool> TryWriteAsync(
        RoundWriter writer, ArraySegment<AccountEntries> accounts, SnapshotRound round, CancellationToken cancellationToken)
    {
        AccountDamagedException damage;
        try
        {
            return await writer.TryWriteAsync(accounts, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (Failure.IsOfRows(failure))
        {
            AccountId first = accounts[0].Account;
            damage = failure switch
            {
                AccountDamagedException found => found,
                InvalidRowException fault => AccountDamagedException.Of(first, fault),
                _ => new AccountDamagedException(first, failure.Message.TrimEnd('.'), failure),
            };
        }

        if (accounts.Count > 1)
        {
            int half = accounts.Count / 2;
            return await TryWriteAsync(writer, accounts[..half], round, cancellationToken).ConfigureAwait(false)
                && await TryWriteAsync(writer, accounts[half..], round, cancellationToken).ConfigureAwait(false);
        }

        bool isMarked = await writer.TryMarkDamagedAsync(damage, accounts[0].Erasures, cancellationToken).ConfigureAwait(false);
        if (isMarked)
        {
            round.ReportDamage(damage);
        }

        return isMarked;
    }

    private ValueTask<int> RunAsync(string sql, Action<NpgsqlParameterCollection> addParameters, CancellationToken cancellationToken) => ConvertAsync(async () =>
    {
        NpgsqlCommand command = _source.CreateCommand(sql);
        await using (command.ConfigureAwait(false))
        {
            addParameters(command.Parameters);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    });

    /// <summary>Reads rows of one account. Reports an invalid value as damage of this account.</summary>
    private static async ValueTask<T> OfAccountAsync<T>(AccountId account, Func<ValueTask<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (InvalidRowException fault)
        {
            throw AccountDamagedException.Of(account, fault);
        }
    }

    /// <summary>Reports damaged tables, and marks them so that they are rebuilt, by this process or another one. A read-only opener cannot mark them.</summary>
    /// <param name="use">The function that reads the tables.</param>
    /// <param name="connection">The connection that it uses, if that outlives the function.</param>
    /// <param name="knownResets">How often the tables had been emptied when a longer read began; null if the read begins now.</param>
    private async ValueTask<TResult> GuardAsync<TResult>(Func<ValueTask<TResult>> use, NpgsqlConnection? connection = null, long? knownResets = null)
    {
        long resets = knownResets ?? Volatile.Read(ref _resets);
        try
        {
            return await ConvertAsync(use, connection).ConfigureAwait(false);
        }
        catch (StorageFailureException failure) when (failure is AccountStoreDamagedException or InvalidRowException)
        {
            if (_isReadOnly)
            {
                throw Unreadable(failure.Message.TrimEnd('.'), failure);
            }

            await RunAsync(DamageSql, parameters => parameters.AddInt(_partition).AddText(failure.Message).AddBigint(resets), CancellationToken.None).ConfigureAwait(false);
            throw new AccountStoreDamagedException(
                $"The account store of partition {_partition} is damaged, and must be rebuilt from the journal. {failure.Message}", failure);
        }
    }

    private AccountStoreDamagedException Unreadable(string damage, Exception? cause) =>
        new($"The derived tables of partition {_partition} are unreadable: {damage}.", cause);

    /// <summary>Converts failures of the driver.</summary>
    /// <param name="use">The function that uses the database.</param>
    /// <param name="connection">The connection that it uses, if that outlives the function.</param>
    private async ValueTask<TResult> ConvertAsync<TResult>(Func<ValueTask<TResult>> use, NpgsqlConnection? connection = null)
    {
        try
        {
            return await use().ConfigureAwait(false);
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure) || (connection is not null && Failure.IsOfConnection(failure, connection)))
        {
            throw Failure.OfAccountStore(_partition, failure);
        }
    }
}
