using Npgsql;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads what flowed and what is left of one payer, day by day.</summary>
internal sealed class PayerDayReader(NpgsqlDataSource source, int partition)
{
    // One statement, and so one snapshot. Stocks have no kind, and what cancelled out is as if it had never been there.
    public const string Sql =
        """
        SELECT recorded_day, kind, occurred_day, NULL::date, points::text
        FROM payer_flow
        WHERE partition = $1 AND payer = $2 AND recorded_day < $3
        UNION ALL
        SELECT recorded_day, NULL, occurred_day, expires_day, lot_points::text
        FROM payer_stock
        WHERE partition = $1 AND payer = $2 AND recorded_day < $3 AND lot_points <> 0
        """;

    public async ValueTask<PayerDays> ReadAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken)
    {
        List<KeyValuePair<PayerFlow, Int128>> flows = [];
        List<KeyValuePair<PayerStock, Int128>> stocks = [];
        NpgsqlCommand command = source.CreateCommand(Sql);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddText(payer.Value).AddDay(before);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    Int128 points = PostgresSum.Read(row, 4);
                    if (row.IsDBNull(1))
                    {
                        PayerStock stock = new(payer, PostgresDay.Read(row, 0), PostgresDay.Read(row, 2), PostgresDay.ReadOptional(row, 3));
                        stocks.Add(KeyValuePair.Create(stock, points));
                    }
                    else
                    {
                        EntryKind kind = Columns.KindAt(row, 1);
                        flows.Add(KeyValuePair.Create(
                            new PayerFlow(payer, PostgresDay.Read(row, 0), kind, PostgresDay.ReadOptional(row, 2)), points));
                    }
                }
            }
        }

        return new PayerDays(flows, stocks);
    }
}
