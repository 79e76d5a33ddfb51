using Npgsql;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Lists accounts that have lots or holds that are due.</summary>
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

    /// <summary>Lists them, those with what was due earliest first.</summary>
    /// <remarks>Rows whose account key is invalid are passed over and take places in the list, until the key is marked.</remarks>
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
