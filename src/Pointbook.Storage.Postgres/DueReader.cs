using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Lists accounts with due lots or holds.</summary>
internal sealed class DueReader(NpgsqlDataSource source, int partition)
{
    public const string Sql =
        """
        SELECT account
        FROM account
        WHERE partition = $1 AND next_due <= $2
        AND NOT EXISTS (SELECT FROM damaged_account WHERE damaged_account.partition = $1 AND damaged_account.account = account.account)
        ORDER BY next_due, account
        LIMIT $3
        """;

    /// <summary>Lists the accounts, those with the earliest due time first.</summary>
    /// <remarks>Rows with an invalid account key are skipped, but occupy places in the list until the key is marked.</remarks>
    public async ValueTask<AccountTexts> ListAsync(Instant now, int countMax, CancellationToken cancellationToken)
    {
        AccountTexts accounts = new();
        accounts.AddAll(await ListReader.ReadAsync(
            source,
            Sql,
            parameters => parameters.AddInt(partition).AddBigint(now.UnixMicroseconds).AddInt(countMax),
            row => row.GetString(0),
            cancellationToken).ConfigureAwait(false));
        return accounts;
    }
}
