using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;

namespace Pointbook.Storage.Postgres;

/// <summary>The one statement that appends a commit: it takes one round trip, and is a transaction of its own.</summary>
internal static class CommitStatement
{
    // The key of journal_commit lets only one commit begin at one place. A second one that comes at the same time waits
    // for the first and then does nothing, and so do its entries.
    private const string Sql =
        """
        WITH clock AS MATERIALIZED (
            SELECT
                {0} - $10 * interval '1 microsecond' AS earliest,
                {0} + $10 * interval '1 microsecond' AS latest
        ), claimed AS (
            INSERT INTO journal_commit (partition, first_sequence, last_sequence, commit_id, format, decided_at, recorded_at, previous_seal, seal)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
            WHERE coalesce((SELECT $6 BETWEEN earliest AND latest FROM clock), true)
            AND coalesce(
                (
                    SELECT head.last_sequence = $2 - 1 AND head.seal = $8
                    FROM journal_commit AS head
                    WHERE head.partition = $1 AND head.first_sequence < $2
                    ORDER BY head.first_sequence DESC
                    LIMIT 1
                ),
                $2 = 1 AND $8 = decode(repeat('00', 32), 'hex'))
            ON CONFLICT (partition, first_sequence) DO NOTHING
            RETURNING 1
        ), written AS (
            INSERT INTO journal_entry (
                partition, sequence, kind, account, payer, points, lot_points, occurred_at, lot, expires_at, operation,
                subject, idempotency_key, key_hash, reference, reason, actor)
            SELECT $1, entry.*
            FROM unnest(
                $11::bigint[], $12::text[], $13::text[], $14::text[], $15::bigint[], $16::bigint[], $17::timestamptz[], $18::bigint[],
                $19::timestamptz[], $20::bigint[], $21::bigint[], $22::text[], $23::bytea[], $24::text[], $25::text[], $26::text[]) AS entry
            WHERE EXISTS (SELECT FROM claimed)
        )
        SELECT EXISTS (SELECT FROM claimed), coalesce((SELECT $6 < earliest FROM clock), false), coalesce((SELECT $6 > latest FROM clock), false)
        """;

    /// <summary>The text of the statement for a clock.</summary>
    public static string ForClock(string clockSql) => Sql.Replace("{0}", clockSql, StringComparison.Ordinal);

    /// <summary>Adds what the statement needs to append a commit.</summary>
    /// <param name="parameters">Where to add it.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="skewMax">How far its decision may be from the clock, behind or ahead, or null for any distance.</param>
    public static void AddParameters(NpgsqlParameterCollection parameters, Commit commit, TimeSpan? skewMax)
    {
        parameters
            .AddInt(commit.Partition)
            .AddSequence(commit.First)
            .AddSequence(commit.Last)
            .AddUuid(commit.Id)
            .AddInt(commit.Format)
            .AddTime(commit.DecidedAt)
            .AddTime(commit.RecordedAt)
            .AddDigest(commit.PreviousSeal)
            .AddDigest(commit.Seal)
            .AddBigint(skewMax is null ? null : (long)skewMax.Value.TotalMicroseconds);
        AddEntries(parameters, commit.Entries);
    }

    private static void AddEntries(NpgsqlParameterCollection parameters, IReadOnlyList<Entry> entries) => parameters
        .AddBigints(Column(entries, static entry => entry.Sequence.Value))
        .AddTexts(Column(entries, static entry => EntryKindNames.ToText(entry.Kind)))
        .AddTexts(Column(entries, static entry => entry.Account.Value))
        .AddTexts(Column(entries, static entry => entry.Payer?.Value))
        .AddBigints(Column(entries, static entry => entry.Points.Value))
        .AddBigints(Column(entries, static entry => entry.LotPoints.Value))
        .AddTimes(Column(entries, static entry => PostgresTime.From(entry.OccurredAt)))
        .AddBigints(Column(entries, static entry => entry.Lot?.Value))
        .AddTimes(OptionalColumn(entries, static entry => PostgresTime.From(entry.ExpiresAt)))
        .AddBigints(Column(entries, static entry => entry.Operation.Value))
        .AddBigints(OptionalColumn(entries, static entry => entry.Subject?.Value))
        .AddTexts(OptionalColumn(entries, static entry => entry.Origin?.Key?.Value))
        .AddByteas(OptionalColumn(entries, static entry => entry.Origin?.KeyHash?.ToArray()))
        .AddTexts(OptionalColumn(entries, static entry => entry.Origin?.Reference))
        .AddTexts(OptionalColumn(entries, static entry => entry.Origin?.Reason))
        .AddTexts(OptionalColumn(entries, static entry => entry.Origin?.Actor));

    /// <summary>A column that most commits have nothing in. It is null then, which unnest() takes as many nulls.</summary>
    private static TValue[]? OptionalColumn<TValue>(IReadOnlyList<Entry> entries, Func<Entry, TValue> value)
    {
        TValue[] column = Column(entries, value);
        return Array.TrueForAll(column, static each => each is null) ? null : column;
    }

    private static TValue[] Column<TValue>(IReadOnlyList<Entry> entries, Func<Entry, TValue> value)
    {
        TValue[] column = new TValue[entries.Count];
        for (int index = 0; index < column.Length; index++)
        {
            column[index] = value(entries[index]);
        }

        return column;
    }
}
