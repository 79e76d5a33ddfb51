using Npgsql;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The rows of some accounts, with their marks, and the directory buckets of those without a row. Used once.</summary>
/// <remarks>One batch must read all of it as of one moment. Otherwise an account that gets its row in between would look like one that lost it.</remarks>
internal sealed class AccountRows
{
    /// <summary>The columns that <see cref="ReadAccount.Take"/> reads.</summary>
    public const string Columns = "account, stands_at, next_due, oldest_key, snapshot";

    public const string RowsSql = $"SELECT {Columns} FROM account WHERE account = ANY ($1) AND partition = $2";

    /// <summary>Finds the last operation of each account ($2, by opening entry) of a partition ($1). Each row has the account's number in the list, counted from 1.</summary>
    public const string NewestSql =
        """
        SELECT wanted.number, newest.first_sequence
        FROM unnest($2::bigint[]) WITH ORDINALITY AS wanted (opening, number)
        CROSS JOIN LATERAL (
            SELECT first_sequence
            FROM operation
            WHERE partition = $1 AND opening = wanted.opening
            ORDER BY first_sequence DESC
            LIMIT 1
        ) AS newest
        """;

    private const string MarksSql = "SELECT account, damage FROM damaged_account WHERE account = ANY ($1) AND partition = $2";

    private readonly int _partition;
    private readonly bool _checksDirectory;
    private readonly Dictionary<string, ReadAccount> _accounts;

    /// <summary>Describes the rows to read.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="accounts">The accounts, each once.</param>
    /// <param name="checksDirectory">Whether an account counts as damaged if it has a row but is not in the directory.</param>
    public AccountRows(int partition, IEnumerable<AccountId> accounts, bool checksDirectory = false)
    {
        _partition = partition;
        _checksDirectory = checksDirectory;
        Accounts = [.. accounts.Select(account => new ReadAccount(account))];
        _accounts = Accounts.ToDictionary(account => account.Account.Value, StringComparer.Ordinal);
        Directory = new AccountDirectory(partition);
    }

    /// <summary>The accounts, in the order of the request.</summary>
    public IReadOnlyList<ReadAccount> Accounts { get; }

    /// <summary>The buckets into which the accounts without a row fall.</summary>
    public AccountDirectory Directory { get; }

    /// <summary>Whether to read the buckets of accounts that have a row as well.</summary>
    public bool ReadsWholeDirectory { get; init; }

    /// <summary>Adds the statements.</summary>
    public void AddTo(NpgsqlBatch batch)
    {
        string[] keys = [.. _accounts.Keys];
        batch.Add(MarksSql).AddTexts(keys).AddInt(_partition);
        batch.Add(RowsSql).AddTexts(keys).AddInt(_partition);
        Directory.AddTo(batch, Accounts, ofAll: _checksDirectory || ReadsWholeDirectory);
    }

    /// <summary>Reads the results of the statements, which come next.</summary>
    public async Task TakeAsync(NpgsqlDataReader row, CancellationToken cancellationToken)
    {
        await TakeNextAsync(row, () => _accounts[row.GetString(0)].Mark(row.GetString(1)), cancellationToken).ConfigureAwait(false);
        await TakeNextAsync(row, () => _accounts[row.GetString(0)].Take(row), cancellationToken).ConfigureAwait(false);
        await TakeNextAsync(row, () => Directory.Take(row), cancellationToken).ConfigureAwait(false);
        foreach (ReadAccount account in Accounts)
        {
            account.Try(_ => Check(account));
        }
    }

    /// <summary>Compares the rows with the index of operations, in the transaction in which they were read.</summary>
    public async Task CheckLastOperationsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        ReadAccount[] read = [.. Accounts.Where(account => account is { Damage: null, HasRow: true })];
        if (read.Length == 0)
        {
            return;
        }

        Sequence?[] newest = new Sequence?[read.Length];
        NpgsqlCommand command = new(NewestSql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(_partition).AddBigints([.. read.Select(account => account.Stored.Row.Opening.Value)]);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    newest[row.GetInt64(0) - 1] = new Sequence(row.GetInt64(1));
                }
            }
        }

        for (int index = 0; index < read.Length; index++)
        {
            read[index].Try(stored => stored.CheckLastOperation(newest[index]));
        }
    }

    private void Check(ReadAccount account)
    {
        if (!account.HasRow)
        {
            Directory.ThrowIfKnown(account.Account);
        }
        else if (_checksDirectory)
        {
            Directory.ThrowIfUnknown(account.Account);
        }
    }

    private static async Task TakeNextAsync(NpgsqlDataReader row, Action take, CancellationToken cancellationToken)
    {
        await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
        while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            take();
        }
    }
}
