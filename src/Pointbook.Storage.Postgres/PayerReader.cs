using Npgsql;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Lists the sums of payers over all accounts of a partition.</summary>
internal sealed class PayerReader(NpgsqlDataSource source, int partition)
{
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
        LEFT JOIN (
            SELECT payer, sum(remaining) AS points
            FROM lot
            WHERE partition = $1 AND expires_at <= $5 AND ($3::text IS NULL OR payer = $3)
            GROUP BY payer
        ) AS due USING (payer)
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
            PayerName.FromTrusted(row.GetString(0)), PostgresSum.Read(row, 1), PostgresSum.Read(row, 2), PostgresSum.Read(row, 3)),
        cancellationToken);
}
