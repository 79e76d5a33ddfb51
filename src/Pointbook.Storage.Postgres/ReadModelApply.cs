using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;

namespace Pointbook.Storage.Postgres;

/// <summary>The single statement that adds a round to a generation. It moves the position and the sums over accounts together, or neither.</summary>
internal static class ReadModelApply
{
    // Checksums are added modulo this number plus 1. See SumCheck.
    private const string Mask = "4611686018427387903";

    public const string Sql =
        $"""
        WITH moved AS (
            UPDATE read_model SET last_sequence = $4, seal = $5
            WHERE partition = $1 AND generation = $2 AND last_sequence = $3 AND seal = $6 AND damage IS NOT DISTINCT FROM $7
            RETURNING 1
        ), summed AS (
            INSERT INTO payer_total (partition, generation, payer, points, outstanding, checksum)
            SELECT $1, $2, change.payer, change.points::numeric, change.outstanding::numeric, change.checksum
            FROM unnest($8::text[], $9::text[], $10::text[], $11::bigint[]) AS change (payer, points, outstanding, checksum)
            WHERE EXISTS (SELECT FROM moved)
            ON CONFLICT (partition, generation, payer) DO UPDATE
            SET points = payer_total.points + excluded.points, outstanding = payer_total.outstanding + excluded.outstanding,
                checksum = ((payer_total.checksum & {Mask}) + excluded.checksum) & {Mask}
        ), flowed AS (
            INSERT INTO payer_flow (partition, generation, payer, recorded_day, kind, occurred_day, points, checksum)
            SELECT $1, $2, change.payer, change.recorded_day, change.kind, change.occurred_day, change.points::numeric, change.checksum
            FROM unnest($12::text[], $13::date[], $14::text[], $15::date[], $16::text[], $17::bigint[])
                AS change (payer, recorded_day, kind, occurred_day, points, checksum)
            WHERE EXISTS (SELECT FROM moved)
            ON CONFLICT (partition, generation, payer, recorded_day, kind, occurred_day) DO UPDATE
            SET points = payer_flow.points + excluded.points, checksum = ((payer_flow.checksum & {Mask}) + excluded.checksum) & {Mask}
        ), stocked AS (
            INSERT INTO payer_stock (partition, generation, payer, recorded_day, occurred_day, expires_day, lot_points, checksum)
            SELECT $1, $2, change.payer, change.recorded_day, change.occurred_day, change.expires_day, change.lot_points::numeric, change.checksum
            FROM unnest($18::text[], $19::date[], $20::date[], $21::date[], $22::text[], $23::bigint[])
                AS change (payer, recorded_day, occurred_day, expires_day, lot_points, checksum)
            WHERE EXISTS (SELECT FROM moved)
            ON CONFLICT (partition, generation, payer, recorded_day, occurred_day, expires_day) DO UPDATE
            SET lot_points = payer_stock.lot_points + excluded.lot_points, checksum = ((payer_stock.checksum & {Mask}) + excluded.checksum) & {Mask}
        )
        SELECT EXISTS (SELECT FROM moved)
        """;

    /// <summary>Adds the parameters of the statement.</summary>
    /// <param name="parameters">The parameters to add to.</param>
    /// <param name="partition">The partition of the read model.</param>
    /// <param name="generation">The generation as it was read.</param>
    /// <param name="round">The round.</param>
    public static void AddParameters(NpgsqlParameterCollection parameters, int partition, ReadModelGeneration generation, ReadModelRound round)
    {
        parameters.AddInt(partition).AddBigint(generation.Number).AddSequence(round.After.Last).AddSequence(round.End.Last).AddDigest(round.End.Seal)
            .AddDigest(round.After.Seal).AddText(generation.Damage);
        AddTotals(parameters, [.. round.Sums.Totals]);
        AddFlows(parameters, [.. round.Sums.Flows]);
        AddStocks(parameters, [.. round.Sums.Stocks]);
    }

    private static void AddTotals(NpgsqlParameterCollection parameters, PayerTotalChange[] totals) => parameters
        .AddTexts([.. totals.Select(total => total.Payer.Value)])
        .AddTexts([.. totals.Select(total => PostgresSum.From(total.Points))])
        .AddTexts([.. totals.Select(total => PostgresSum.From(total.Outstanding))])
        .AddBigints([.. totals.Select(total => SumCheck.Of(total.Payer, total.Points, total.Outstanding))]);

    private static void AddFlows(NpgsqlParameterCollection parameters, KeyValuePair<PayerFlow, Int128>[] flows) => parameters
        .AddTexts([.. flows.Select(flow => flow.Key.Payer.Value)])
        .AddDays([.. flows.Select(flow => PostgresDay.From(flow.Key.RecordedOn))])
        .AddTexts([.. flows.Select(flow => EntryKindNames.ToText(flow.Key.Kind))])
        .AddDays([.. flows.Select(flow => PostgresDay.From(flow.Key.OccurredOn))])
        .AddTexts([.. flows.Select(flow => PostgresSum.From(flow.Value))])
        .AddBigints([.. flows.Select(flow => SumCheck.Of(flow.Key, flow.Value))]);

    private static void AddStocks(NpgsqlParameterCollection parameters, KeyValuePair<PayerStock, Int128>[] stocks) => parameters
        .AddTexts([.. stocks.Select(stock => stock.Key.Payer.Value)])
        .AddDays([.. stocks.Select(stock => PostgresDay.From(stock.Key.RecordedOn))])
        .AddDays([.. stocks.Select(stock => PostgresDay.From(stock.Key.OccurredOn))])
        .AddDays([.. stocks.Select(stock => PostgresDay.From(stock.Key.ExpiresOn))])
        .AddTexts([.. stocks.Select(stock => PostgresSum.From(stock.Value))])
        .AddBigints([.. stocks.Select(stock => SumCheck.Of(stock.Key, stock.Value))]);
}
