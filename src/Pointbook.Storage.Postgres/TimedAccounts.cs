using Npgsql;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads the rows of accounts with due events or old idempotency keys, the earliest first. Leaves out accounts marked as damaged. Used once.</summary>
internal sealed class TimedAccounts(NpgsqlConnection connection, int partition, string sql, long through)
{
    /// <summary>Selects accounts with due events ($2 at the latest).</summary>
    public const string DueSql =
        $"""
        SELECT {AccountRows.Columns}
        FROM account
        WHERE partition = $1 AND next_due <= $2 AND (next_due, account) > ($3, $4)
        AND NOT EXISTS (SELECT FROM damaged_account WHERE damaged_account.partition = $1 AND damaged_account.account = account.account)
        ORDER BY next_due, account
        LIMIT $5
        """;

    /// <summary>Selects accounts with old keys ($2 at the latest).</summary>
    public const string OldKeysSql =
        $"""
        SELECT {AccountRows.Columns}
        FROM account
        WHERE partition = $1 AND oldest_key <= $2 AND (oldest_key, account) > ($3, $4)
        AND NOT EXISTS (SELECT FROM damaged_account WHERE damaged_account.partition = $1 AND damaged_account.account = account.account)
        ORDER BY oldest_key, account
        LIMIT $5
        """;

    private readonly int _column = sql == DueSql ? 2 : 3;
    private (long Time, string Account) _last = (long.MinValue, string.Empty);

    /// <summary>Whether all accounts were read.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Reads the next accounts. Skips rows with an invalid account key.</summary>
    public async Task<IReadOnlyList<ReadAccount>> ReadAsync(int countMax, CancellationToken cancellationToken)
    {
        List<ReadAccount> accounts = new(countMax);
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(ListReader.SettingsSql);
            batch.Add(sql).AddInt(partition).AddBigint(through).AddBigint(_last.Time).AddText(_last.Account).AddInt(countMax);
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                int count = 0;
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    count++;
                    _last = (row.GetInt64(_column), row.GetString(0));
                    if (AccountId.TryCreate(_last.Account, out AccountId? account, out _))
                    {
                        ReadAccount read = new(account);
                        read.Take(row);
                        accounts.Add(read);
                    }
                }

                IsAtEnd = count < countMax;
                return accounts;
            }
        }
    }
}
