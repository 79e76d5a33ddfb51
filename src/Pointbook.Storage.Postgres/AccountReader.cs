using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads and lists the accounts' own rows.</summary>
internal sealed class AccountReader(NpgsqlDataSource source, int partition)
{
    public const string ListSql =
        """
        SELECT account
        FROM account
        WHERE partition = $1 AND account >= $2 AND account < $3 AND account > $4
        ORDER BY account
        LIMIT $5
        """;

    // A damaged account may lack its account row.
    private const string ReadSql =
        """
        SELECT coalesce(stands_at, 0), coalesce(flushed_through, 0), coalesce(flushed_through_before, 0), damage
        FROM (SELECT 1) AS one
        LEFT JOIN (SELECT stands_at, flushed_through, flushed_through_before FROM account WHERE partition = $1 AND account = $2) AS own ON true
        LEFT JOIN (SELECT damage FROM damaged_account WHERE partition = $1 AND account = $2) AS damaged ON true
        """;

    // Account keys are ASCII, so everything that begins with a prefix comes before the prefix with the last character there is.
    private const string BehindEveryKey = "\U0010FFFF";

    /// <summary>Reads an account's own row out of three columns.</summary>
    public static AccountRow ToRow(NpgsqlDataReader row, int column) =>
        new(new Sequence(row.GetInt64(column)), new Sequence(row.GetInt64(column + 1)), new Sequence(row.GetInt64(column + 2)));

    /// <exception cref="AccountDamagedException">The account is marked as damaged.</exception>
    public async ValueTask<AccountRow> ReadAsync(AccountId account, CancellationToken cancellationToken)
    {
        IReadOnlyList<(AccountRow Row, string? Damage)> rows = await ListReader.ReadAsync(
            source,
            ReadSql,
            parameters => parameters.AddInt(partition).AddText(account.Value),
            row => (ToRow(row, 0), JournalRows.ToText(row, 3)),
            cancellationToken).ConfigureAwait(false);
        return rows[0].Damage is { } damage ? throw new AccountDamagedException(account, damage) : rows[0].Row;
    }

    /// <summary>Looks whether accounts are marked as damaged. To be called after their rows were read: a mark stays, and what was written after it is not in the rows.</summary>
    /// <exception cref="AccountDamagedException">One of them is.</exception>
    public async ValueTask ThrowIfDamagedAsync(IReadOnlyList<AccountId> accounts, CancellationToken cancellationToken)
    {
        IReadOnlyList<(AccountId Account, string Damage)> damaged = await ListReader.ReadAsync(
            source,
            "SELECT account, damage FROM damaged_account WHERE partition = $1 AND account = ANY ($2) LIMIT 1",
            parameters => parameters.AddInt(partition).AddTexts([.. accounts.Select(account => account.Value)]),
            row => (Columns.AccountAt(row, 0), row.GetString(1)),
            cancellationToken).ConfigureAwait(false);
        if (damaged is [(AccountId account, string damage)])
        {
            throw new AccountDamagedException(account, damage);
        }
    }

    /// <summary>Lists accounts. Rows whose account key is invalid are passed over, so it reads on until there are enough others.</summary>
    public async ValueTask<AccountTexts> ListAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken)
    {
        AccountTexts accounts = new();
        if (prefix.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            // No key begins like this, and the server may refuse it as a text.
            return accounts;
        }

        string last = after?.Value ?? string.Empty;
        while (accounts.Accounts.Count < countMax)
        {
            int missing = countMax - accounts.Accounts.Count;
            IReadOnlyList<string> texts = await ListReader.ReadAsync(
                source,
                ListSql,
                parameters => parameters.AddInt(partition).AddText(prefix).AddText(prefix + BehindEveryKey).AddText(last).AddInt(missing),
                row => row.GetString(0),
                cancellationToken).ConfigureAwait(false);
            accounts.AddAll(texts);
            if (texts.Count < missing)
            {
                break;
            }

            last = texts[^1];
        }

        return accounts;
    }
}
