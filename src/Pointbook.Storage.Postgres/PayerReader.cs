using Npgsql;
using Pointbook.Engine.ReadModel;

namespace Pointbook.Storage.Postgres;

/// <summary>Lists the sums of payers over all accounts of a partition.</summary>
internal sealed class PayerReader(NpgsqlDataSource source, int partition)
{
    // The lots of each payer are a range of one index, and no other index knows that range. Rounds pass over the rows of damaged accounts,
    // so what is left in their lots is unknown.
    public const string ListSql =
        """
        SELECT total.payer, total.points::text, total.outstanding::text, coalesce(due.points, 0)::text
        FROM (
            SELECT payer, points, outstanding
            FROM payer_total
            WHERE partition = $1 AND payer > $2 AND ($3::text IS NULL OR payer = $3)
            ORDER BY payer
            LIMIT $4
        ) AS total
        CROSS JOIN LATERAL (
            SELECT sum(remaining) AS points
            FROM lot
            WHERE lot.partition = $1 AND lot.payer >= total.payer AND (lot.payer, lot.expires_at) <= (total.payer, $5)
            AND lot.expires_at IS NOT NULL
            AND NOT EXISTS (SELECT FROM damaged_account WHERE damaged_account.partition = $1 AND damaged_account.account = lot.account)
        ) AS due
        ORDER BY total.payer
        """;

    public ValueTask<IReadOnlyList<PayerTotal>> ListAsync(PayerQuery query, CancellationToken cancellationToken) => ListReader.ReadAsync(
        source,
        ListSql,
        parameters => parameters
            .AddInt(partition)
            .AddText(query.After?.Value ?? string.Empty)
            .AddText(query.Only?.Value)
            .AddInt(query.CountMax)
            .AddTime(query.Now),
        row => new PayerTotal(
            Columns.PayerAt(row, 0), PostgresSum.Read(row, 1), PostgresSum.Read(row, 2), PostgresSum.Read(row, 3)),
        cancellationToken);
}
