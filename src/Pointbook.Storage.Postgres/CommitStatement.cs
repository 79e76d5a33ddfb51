using Npgsql;
using Pointbook.Engine.Journal;

namespace Pointbook.Storage.Postgres;

/// <summary>The single statement that appends a commit. It takes one round trip, and is a complete transaction.</summary>
internal static class CommitStatement
{
    // The key of journal_commit allows only one commit to begin at one place. A second, concurrent one waits
    // for the first and then does nothing.
    private const string Sql =
        """
        WITH clock AS MATERIALIZED (
            SELECT
                {0} - $10 * interval '1 microsecond' AS earliest,
                {0} + $10 * interval '1 microsecond' AS latest
        ), claimed AS (
            INSERT INTO journal_commit (partition, first_sequence, last_sequence, commit_id, format, decided_at, recorded_at, previous_seal, seal, body, texts)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $12
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
        )
        SELECT EXISTS (SELECT FROM claimed), coalesce((SELECT $6 < earliest FROM clock), false), coalesce((SELECT $6 > latest FROM clock), false)
        """;

    /// <summary>Returns the text of the statement for a clock.</summary>
    public static string ForClock(string clockSql) => Sql.Replace("{0}", clockSql, StringComparison.Ordinal);

    /// <summary>Adds the parameters that the statement needs to append a commit.</summary>
    /// <param name="parameters">The parameters to add to.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="skewMax">How far the commit's decision time may be from the clock, behind or ahead, or null for any distance.</param>
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
            .AddBigint(skewMax is null ? null : (long)skewMax.Value.TotalMicroseconds)
            .AddBytes(commit.Bytes.Body)
            .AddBytes(commit.Bytes.Texts);
    }
}
