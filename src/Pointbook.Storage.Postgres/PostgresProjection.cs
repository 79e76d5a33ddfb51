using System.Data;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The projection of one partition, in the database of its journal. Other processes may project as well.</summary>
public sealed class PostgresProjection : IProjection
{
    // The position's row is locked while accounts are written, so other projectors get their turn after each piece.
    private const int AccountsPerTransaction = 512;

    private readonly NpgsqlDataSource _source;
    private readonly int _partition;
    private readonly ILogger _logger;
    private readonly bool _isReadOnly;

    internal PostgresProjection(NpgsqlDataSource source, int partition, ILogger logger, bool isReadOnly = false)
    {
        _source = source;
        _partition = partition;
        _logger = logger;
        _isReadOnly = isReadOnly;
    }

    /// <inheritdoc/>
    public ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken) =>
        ConvertAsync(() => ReadRowAsync(cancellationToken));

    /// <inheritdoc/>
    public async IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
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
                    while (await GuardAsync(accounts.MoveNextAsync, connection).ConfigureAwait(false))
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        yield return accounts.Current;
                    }
                }

                // Nothing was written, so disposing of the transaction ends it as well as a commit would.
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(round);
        return GuardAsync(() => UseAsync(
            connection => TryApplyAsync(new RoundWriter(connection, _partition, round), round, cancellationToken), cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask MarkDamagedAsync(AccountDamagedException damage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(damage);
        await ConvertAsync(() => MarkAccountAsync(damage, cancellationToken)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<bool> RepairAsync(AccountEntries entries, Sequence position, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return GuardAsync(() => UseAsync(
            connection => new AccountRepairWriter(connection, _partition, entries).TryRunAsync(position, cancellationToken), cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask ResetAsync(CancellationToken cancellationToken) =>
        await ConvertAsync(() => UseAsync(
            connection => new ProjectionReset(connection, _partition).RunAsync(cancellationToken), cancellationToken)).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<OperationRow>> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return GuardAsync(() => OfAccountAsync(query.Account, async () =>
        {
            IReadOnlyList<OperationRow> operations = await new OperationReader(_source, _partition).ListAsync(query, cancellationToken).ConfigureAwait(false);
            if (operations.Count == 0)
            {
                // There are none, or the account is marked as damaged.
                await new AccountReader(_source, _partition).ThrowIfDamagedAsync(query.Account, cancellationToken).ConfigureAwait(false);
            }

            return operations;
        }));
    }

    /// <inheritdoc/>
    public ValueTask<AccountRow> ReadAccountAsync(AccountId account, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(account);
        return GuardAsync(() => UseAsync(
            connection => new StateReader(connection, _partition).ReadRowAsync(account, cancellationToken), cancellationToken));
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
    public ValueTask<IReadOnlyList<PayerTotal>> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return GuardAsync(() => UseAsync(
            connection => new PayerReader(connection, _partition).ListAsync(query, cancellationToken), cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payer);
        return GuardAsync(() => new PayerDayReader(_source, _partition).ReadAsync(payer, before, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken) =>
        ListAsync(() => new DueReader(_source, _partition).ListAsync(now, countMax, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<int> ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken) =>
        ConvertAsync(() => UseAsync(
            connection => new KeyPurge(connection, _partition, decidedBefore, countMax).RunAsync(cancellationToken), cancellationToken));

    /// <summary>Does nothing: the connections belong to the store.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask<ProjectionPosition> ReadRowAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = _source.CreateCommand(
            """
            SELECT last_sequence, seal, target_sequence, target_seal, damage,
                last_sequence > 0 AND NOT EXISTS (SELECT FROM account WHERE account.partition = projection_position.partition),
                EXISTS (SELECT FROM damaged_account WHERE damaged_account.partition = projection_position.partition)
            FROM projection_position
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
                    throw new ProjectionDamagedException($"The projection of partition {_partition} has no position.");
                }

                if (row.GetBoolean(5))
                {
                    throw new ProjectionDamagedException($"The projection of partition {_partition} has a position and no accounts.");
                }

                return row.IsDBNull(4)
                    ? new ProjectionPosition(
                        new Sequence(row.GetInt64(0)), JournalRows.ToDigest(row, 1), new Sequence(row.GetInt64(2)), JournalRows.ToDigest(row, 3))
                    {
                        HasDamagedAccounts = row.GetBoolean(6),
                    }
                    : throw new ProjectionDamagedException($"The projection of partition {_partition} was found damaged: {row.GetString(4)}");
            }
        }
    }

    /// <summary>Uses a connection for several statements; one that breaks between two of them is a failure of the database.</summary>
    private async ValueTask<T> UseAsync<T>(Func<NpgsqlConnection, ValueTask<T>> use, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            return await ConvertAsync(() => use(connection), connection).ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> TryApplyAsync(RoundWriter writer, ProjectionRound round, CancellationToken cancellationToken)
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

    /// <summary>Writes what the rows of some accounts do not contain yet. One whose rows are damaged is found by halving, marked, and passed over.</summary>
    private static async ValueTask<bool> TryWriteAsync(
        RoundWriter writer, ArraySegment<AccountEntries> accounts, ProjectionRound round, CancellationToken cancellationToken)
    {
        AccountDamagedException damage;
        try
        {
            return await writer.TryWriteAsync(accounts, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (Failure.IsOfRows(failure))
        {
            AccountId first = accounts[0].Account;
            damage = failure as AccountDamagedException ?? new AccountDamagedException(first, failure.Message.TrimEnd('.'), failure);
        }

        if (accounts.Count > 1)
        {
            int half = accounts.Count / 2;
            return await TryWriteAsync(writer, accounts[..half], round, cancellationToken).ConfigureAwait(false)
                && await TryWriteAsync(writer, accounts[half..], round, cancellationToken).ConfigureAwait(false);
        }

        bool isMarked = await writer.TryMarkDamagedAsync(damage, cancellationToken).ConfigureAwait(false);
        if (isMarked)
        {
            round.ReportDamage(damage);
        }

        return isMarked;
    }

    /// <summary>Lists accounts. Rows whose account key is invalid are passed over, and marked like damaged accounts, so that the next start rebuilds.</summary>
    /// <exception cref="ProjectionDamagedException">There are such rows, and nothing can be marked.</exception>
    private async ValueTask<IReadOnlyList<AccountId>> ListAsync(Func<ValueTask<AccountTexts>> list)
    {
        AccountTexts accounts = await GuardAsync(list).ConfigureAwait(false);
        if (accounts.Invalid.Count > 0 && _isReadOnly)
        {
            throw Unreadable("rows have an invalid account key", cause: null);
        }

        if (accounts.Invalid.Count > 0
            && await ConvertAsync(() => MarkAccountsAsync(accounts.Invalid, "its key is invalid", CancellationToken.None)).ConfigureAwait(false) > 0)
        {
            _logger.RowsOfNoAccount(_partition);

            // They may have taken the places of due accounts, and are not listed as due any more.
            return await ListAsync(list).ConfigureAwait(false);
        }

        return accounts.Accounts;
    }

    private ValueTask<int> MarkAccountAsync(AccountDamagedException damage, CancellationToken cancellationToken) =>
        MarkAccountsAsync([damage.Account.Value], damage.Damage, cancellationToken);

    /// <summary>Marks accounts, also those whose keys are invalid.</summary>
    /// <returns>How many were not marked before.</returns>
    private async ValueTask<int> MarkAccountsAsync(IReadOnlyList<string> accounts, string damage, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = _source.CreateCommand(
            "INSERT INTO damaged_account (account, partition, damage) SELECT unnest($1::text[]), $2, $3 ON CONFLICT (partition, account) DO NOTHING");
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddTexts([.. accounts]).AddInt(_partition).AddText(damage);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads rows of one account; a value in them that nothing writes there is this account's damage.</summary>
    private static async ValueTask<T> OfAccountAsync<T>(AccountId account, Func<ValueTask<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (InvalidRowException fault)
        {
            throw new AccountDamagedException(account, fault.Message);
        }
    }

    /// <summary>Says of tables that are damaged that they are, and leaves a mark by which the next start knows. Who only reads cannot leave one.</summary>
    private async ValueTask<TResult> GuardAsync<TResult>(Func<ValueTask<TResult>> use, NpgsqlConnection? connection = null)
    {
        try
        {
            return await ConvertAsync(use, connection).ConfigureAwait(false);
        }
        catch (StorageFailureException failure) when (failure is ProjectionDamagedException or InvalidRowException)
        {
            if (_isReadOnly)
            {
                throw Unreadable(failure.Message.TrimEnd('.'), failure);
            }

            await ConvertAsync(() => MarkDamagedAsync(failure.Message)).ConfigureAwait(false);
            throw new ProjectionDamagedException(
                $"The projection of partition {_partition} is damaged. Restart the server, which rebuilds the projection. {failure.Message}", failure);
        }
    }

    private ProjectionDamagedException Unreadable(string damage, Exception? cause) =>
        new($"The derived tables of partition {_partition} cannot be read: {damage}.", cause);

    /// <summary>Converts what the driver reports.</summary>
    /// <param name="use">What uses the database.</param>
    /// <param name="connection">The connection that it uses, if that outlasts it.</param>
    private async ValueTask<TResult> ConvertAsync<TResult>(Func<ValueTask<TResult>> use, NpgsqlConnection? connection = null)
    {
        try
        {
            return await use().ConfigureAwait(false);
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure) || (connection is not null && Failure.IsOfConnection(failure, connection)))
        {
            throw Failure.OfProjection(_partition, failure);
        }
    }

    private async ValueTask<int> MarkDamagedAsync(string damage)
    {
        NpgsqlCommand command = _source.CreateCommand("UPDATE projection_position SET damage = $2 WHERE partition = $1");
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(_partition).AddText(damage);
            return await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }
}
