using Npgsql;
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

    // Account keys are ASCII, so everything that begins with a prefix comes before the prefix with the last character there is.
    private const string BehindEveryKey = "\U0010FFFF";

    /// <summary>Reads an account's own row out of three columns.</summary>
    public static AccountRow ToRow(NpgsqlDataReader row, int column) =>
        new(new Sequence(row.GetInt64(column)), new Sequence(row.GetInt64(column + 1)), new Sequence(row.GetInt64(column + 2)));

    public async ValueTask<AccountRow> ReadAsync(AccountId account, CancellationToken cancellationToken)
    {
        IReadOnlyList<AccountRow> rows = await ListReader.ReadAsync(
            source,
            "SELECT stands_at, flushed_through, flushed_through_before FROM account WHERE partition = $1 AND account = $2",
            parameters => parameters.AddInt(partition).AddText(account.Value),
            row => ToRow(row, 0),
            cancellationToken).ConfigureAwait(false);
        return rows.SingleOrDefault();
    }

    public async ValueTask<IReadOnlyList<AccountId>> ListAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken)
    {
        if (prefix.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            // No key begins like this, and the server may refuse it as a text.
            return [];
        }

        return await ListReader.ReadAsync(
            source,
            ListSql,
            parameters => parameters
                .AddInt(partition).AddText(prefix).AddText(prefix + BehindEveryKey).AddText(after?.Value ?? string.Empty).AddInt(countMax),
            row => AccountId.FromTrusted(row.GetString(0)),
            cancellationToken).ConfigureAwait(false);
    }
}
