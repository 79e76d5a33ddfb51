using Npgsql;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads the sums of payers over all accounts of a partition from the serving generation. Each query is one statement, and so as of one moment. Used once.</summary>
internal sealed class PayerReader(NpgsqlDataSource source, int partition)
{
    private const string Serving =
        """
        SELECT generation, last_sequence, seal
        FROM read_model
        WHERE partition = $1 AND version = $2 AND is_complete
        ORDER BY generation DESC
        LIMIT 1
        """;

    // Without payers there is one row, which contains the generation's position.
    public const string ListSql =
        $"""
        SELECT serving.generation, serving.last_sequence, serving.seal, total.payer, total.points::text, total.outstanding::text, total.checksum
        FROM ({Serving}) AS serving
        LEFT JOIN LATERAL (
            SELECT payer, points, outstanding, checksum
            FROM payer_total
            WHERE payer_total.partition = $1 AND payer_total.generation = serving.generation AND payer > $3 AND ($4::text IS NULL OR payer = $4)
            ORDER BY payer
            LIMIT $5
        ) AS total ON true
        """;

    // Stocks have no kind, and the totals have no day. The last row has neither.
    public const string DaysSql =
        $"""
        WITH serving AS MATERIALIZED ({Serving})
        SELECT serving.generation, serving.last_sequence, serving.seal, day.*
        FROM serving
        CROSS JOIN LATERAL (
            SELECT recorded_day, kind, occurred_day, NULL::date AS expires_day, points::text AS points, NULL::text AS outstanding, checksum
            FROM payer_flow
            WHERE partition = $1 AND payer_flow.generation = serving.generation AND payer = $3
            UNION ALL
            SELECT recorded_day, NULL, occurred_day, expires_day, lot_points::text, NULL, checksum
            FROM payer_stock
            WHERE partition = $1 AND payer_stock.generation = serving.generation AND payer = $3
            UNION ALL
            SELECT NULL, NULL, NULL, NULL, points::text, outstanding::text, checksum
            FROM payer_total
            WHERE partition = $1 AND payer_total.generation = serving.generation AND payer = $3
            UNION ALL
            SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL
        ) AS day
        """;

    /// <summary>The number of the generation, or null before it was read.</summary>
    public long? Generation { get; private set; }

    /// <exception cref="ReadModelBehindException">No generation serves queries.</exception>
    public async ValueTask<PayerTotals> ListAsync(PayerQuery query, CancellationToken cancellationToken)
    {
        List<PayerTotal> totals = [];
        ReadModelPosition position = await ReadAsync(
            ListSql,
            parameters => parameters.AddText(query.After?.Value ?? string.Empty).AddText(query.Only?.Value).AddInt(query.CountMax),
            row =>
            {
                if (!row.IsDBNull(3))
                {
                    totals.Add(PayerRows.ToTotal(Columns.PayerAt(row, 3), PostgresSum.Read(row, 4), PostgresSum.Read(row, 5), row.GetInt64(6)));
                }
            },
            cancellationToken).ConfigureAwait(false);
        return new PayerTotals(position, totals);
    }

    /// <exception cref="ReadModelBehindException">No generation serves queries.</exception>
    public async ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken)
    {
        PayerRows rows = new(payer, before);
        ReadModelPosition position = await ReadAsync(
            DaysSql, parameters => parameters.AddText(payer.Value), row => Add(rows, payer, row), cancellationToken).ConfigureAwait(false);
        return rows.ToDays(position);
    }

    private async ValueTask<ReadModelPosition> ReadAsync(
        string sql, Action<NpgsqlParameterCollection> addParameters, Action<NpgsqlDataReader> take, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = source.CreateCommand(sql);
        await using (command.ConfigureAwait(false))
        {
            addParameters(command.Parameters.AddInt(partition).AddInt(ReadModelGeneration.Version));
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                ReadModelPosition? position = null;
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    Generation ??= row.GetInt64(0);
                    position ??= new ReadModelPosition(new Sequence(row.GetInt64(1)), JournalRows.ToDigest(row, 2));
                    take(row);
                }

                return position ?? throw new ReadModelBehindException();
            }
        }
    }

    private static void Add(PayerRows rows, PayerName payer, NpgsqlDataReader row)
    {
        if (row.IsDBNull(7))
        {
            return;
        }

        Int128 points = PostgresSum.Read(row, 7);
        long checksum = row.GetInt64(9);
        if (!row.IsDBNull(8))
        {
            rows.AddTotal(points, PostgresSum.Read(row, 8), checksum);
        }
        else if (row.IsDBNull(4))
        {
            rows.Add(new PayerStock(payer, PostgresDay.Read(row, 3), PostgresDay.Read(row, 5), PostgresDay.ReadOptional(row, 6)), points, checksum);
        }
        else
        {
            rows.Add(new PayerFlow(payer, PostgresDay.Read(row, 3), Columns.KindAt(row, 4), PostgresDay.ReadOptional(row, 5)), points, checksum);
        }
    }
}
