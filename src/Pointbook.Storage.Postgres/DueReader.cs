using Npgsql;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Lists accounts that have lots or holds that are due.</summary>
internal sealed class DueReader(NpgsqlDataSource source, int partition)
{
    // Each part comes out of its index in the order in which its rows were due, so no more is read than the first of them. The holds of
    // an account that stands at its flush went with it and are not due.
    public const string Sql =
        """
        WITH due AS MATERIALIZED (
            SELECT account, due_at
            FROM (
                (
                    SELECT account, expires_at AS due_at
                    FROM lot
                    WHERE partition = $1 AND expires_at <= $2
                    AND NOT EXISTS (SELECT FROM damaged_account WHERE damaged_account.partition = $1 AND damaged_account.account = lot.account)
                    ORDER BY expires_at
                    LIMIT $3
                )
                UNION ALL
                (
                    SELECT account, ends_at
                    FROM hold
                    WHERE partition = $1 AND ends_at <= $2 AND NOT is_aside
                    AND NOT EXISTS (SELECT FROM damaged_account WHERE damaged_account.partition = $1 AND damaged_account.account = hold.account)
                    ORDER BY ends_at
                    LIMIT $3
                )
            ) AS each
            ORDER BY due_at
            LIMIT $3
        )
        SELECT account, (SELECT count(*) FROM due) FROM due GROUP BY account ORDER BY min(due_at), account LIMIT $4
        """;

    private const long RowsPerAccount = 4;
    private const long RowsGrowth = 16;

    /// <summary>Lists them. One account may have very many rows that are due, so more rows are read until there are enough accounts.</summary>
    /// <remarks>Rows whose account key is invalid are passed over and take places in the list, until the key is marked.</remarks>
    public async ValueTask<AccountTexts> ListAsync(Instant now, int countMax, CancellationToken cancellationToken)
    {
        long rowsMax = countMax * RowsPerAccount;
        while (true)
        {
            IReadOnlyList<(string Account, long Rows)> due = await ReadAsync(now, countMax, rowsMax, cancellationToken).ConfigureAwait(false);
            if (due.Count == countMax || due.Count == 0 || due[0].Rows < rowsMax)
            {
                AccountTexts accounts = new();
                accounts.AddAll(due.Select(item => item.Account));
                return accounts;
            }

            rowsMax *= RowsGrowth;
        }
    }

    private ValueTask<IReadOnlyList<(string Account, long Rows)>> ReadAsync(
        Instant now, int countMax, long rowsMax, CancellationToken cancellationToken) => ListReader.ReadAsync(
            source,
            Sql,
            parameters => parameters.AddInt(partition).AddTime(now).AddBigint(rowsMax).AddInt(countMax),
            row => (row.GetString(0), row.GetInt64(1)),
            cancellationToken);
}
