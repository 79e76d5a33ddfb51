using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;

namespace Pointbook.Storage.Postgres;

/// <summary>The one statement that ends a round: it moves the position, and the sums over accounts with it or not at all.</summary>
internal static class RoundEnd
{
    public const string Sql =
        """
        WITH moved AS (
            UPDATE projection_position SET last_sequence = $3, seal = $4
            WHERE partition = $1 AND last_sequence = $2 AND resets = $5
            RETURNING 1
        ), summed AS (
            INSERT INTO payer_total (partition, payer, points, outstanding)
            SELECT $1, change.payer, change.points::numeric, change.outstanding::numeric
            FROM unnest($6::text[], $7::text[], $8::text[]) AS change (payer, points, outstanding)
            WHERE EXISTS (SELECT FROM moved)
            ON CONFLICT (partition, payer) DO UPDATE
            SET points = payer_total.points + excluded.points, outstanding = payer_total.outstanding + excluded.outstanding
        ), flowed AS (
            INSERT INTO payer_flow (partition, payer, recorded_day, kind, occurred_day, points)
            SELECT $1, change.payer, change.recorded_day, change.kind, change.occurred_day, change.points::numeric
            FROM unnest($9::text[], $10::date[], $11::text[], $12::date[], $13::text[])
                AS change (payer, recorded_day, kind, occurred_day, points)
            WHERE EXISTS (SELECT FROM moved)
            ON CONFLICT (partition, payer, recorded_day, kind, occurred_day) DO UPDATE SET points = payer_flow.points + excluded.points
        ), stocked AS (
            INSERT INTO payer_stock (partition, payer, recorded_day, occurred_day, expires_day, lot_points)
            SELECT $1, change.payer, change.recorded_day, change.occurred_day, change.expires_day, change.lot_points::numeric
            FROM unnest($14::text[], $15::date[], $16::date[], $17::date[], $18::text[])
                AS change (payer, recorded_day, occurred_day, expires_day, lot_points)
            WHERE EXISTS (SELECT FROM moved)
            ON CONFLICT (partition, payer, recorded_day, occurred_day, expires_day) DO UPDATE
            SET lot_points = payer_stock.lot_points + excluded.lot_points
        )
        SELECT EXISTS (SELECT FROM moved)
        """;

    /// <summary>Adds what the statement needs to end a round.</summary>
    /// <param name="parameters">Where to add it.</param>
    /// <param name="partition">Whose round it is.</param>
    /// <param name="resets">How often the tables had been emptied when the round began.</param>
    /// <param name="round">The round.</param>
    public static void AddParameters(NpgsqlParameterCollection parameters, int partition, long resets, ProjectionRound round)
    {
        parameters.AddInt(partition).AddSequence(round.After).AddSequence(round.End.Last).AddDigest(round.End.Seal).AddBigint(resets);
        AddTotals(parameters, [.. round.Sums.Totals]);
        AddFlows(parameters, [.. round.Sums.Flows]);
        AddStocks(parameters, [.. round.Sums.Stocks]);
    }

    private static void AddTotals(NpgsqlParameterCollection parameters, PayerTotalChange[] totals) => parameters
        .AddTexts([.. totals.Select(total => total.Payer.Value)])
        .AddTexts([.. totals.Select(total => PostgresSum.From(total.Points))])
        .AddTexts([.. totals.Select(total => PostgresSum.From(total.Outstanding))]);

    private static void AddFlows(NpgsqlParameterCollection parameters, KeyValuePair<PayerFlow, Int128>[] flows) => parameters
        .AddTexts([.. flows.Select(flow => flow.Key.Payer.Value)])
        .AddDays([.. flows.Select(flow => PostgresDay.From(flow.Key.RecordedOn))])
        .AddTexts([.. flows.Select(flow => EntryKindNames.ToText(flow.Key.Kind))])
        .AddDays([.. flows.Select(flow => PostgresDay.From(flow.Key.OccurredOn))])
        .AddTexts([.. flows.Select(flow => PostgresSum.From(flow.Value))]);

    private static void AddStocks(NpgsqlParameterCollection parameters, KeyValuePair<PayerStock, Int128>[] stocks) => parameters
        .AddTexts([.. stocks.Select(stock => stock.Key.Payer.Value)])
        .AddDays([.. stocks.Select(stock => PostgresDay.From(stock.Key.RecordedOn))])
        .AddDays([.. stocks.Select(stock => PostgresDay.From(stock.Key.OccurredOn))])
        .AddDays([.. stocks.Select(stock => PostgresDay.From(stock.Key.ExpiresOn))])
        .AddTexts([.. stocks.Select(stock => PostgresSum.From(stock.Value))]);
}
