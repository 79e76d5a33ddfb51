using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The entries of a range that one commit contains, and the beginning of its body and texts.</summary>
/// <param name="Header">The header of the commit.</param>
/// <param name="Range">The entries.</param>
/// <param name="BodyLength">The number of bytes of the body.</param>
/// <param name="TextsLength">The number of bytes of the texts.</param>
/// <param name="Start">The first bytes of the body, up to a limit; null if the previous part is of the same commit.</param>
/// <param name="TextStart">The first bytes of the texts, up to a limit; null if the previous part is of the same commit.</param>
internal sealed record StoredPart(
    CommitHeader Header, EntryRange Range, int BodyLength, int TextsLength, byte[]? Start, byte[]? TextStart)
{
    // Finds each range separately, by key. Otherwise the planner may scan the whole journal once. Bodies are stored without compression, so
    // that a part can be read without the rest.
    internal const string FindSql =
        """
        SELECT found.partition, found.first_sequence, found.last_sequence, found.commit_id, found.format,
            found.decided_at, found.recorded_at, found.previous_seal, found.seal,
            greatest(found.first_sequence, range.first), least(found.last_sequence, range.last), found.length, found.text_length,
            CASE
                WHEN found.first_sequence IS DISTINCT FROM lag(found.first_sequence) OVER (ORDER BY range.number, found.first_sequence)
                THEN found.start
            END,
            CASE
                WHEN found.first_sequence IS DISTINCT FROM lag(found.first_sequence) OVER (ORDER BY range.number, found.first_sequence)
                THEN found.text_start
            END
        FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS range (first, last, number)
        CROSS JOIN LATERAL (
            SELECT partition, first_sequence, last_sequence, commit_id, format, decided_at, recorded_at, previous_seal, seal, octet_length(body) AS length, octet_length(texts) AS text_length,
                substring(body FROM 1 FOR 8192) AS start, substring(texts FROM 1 FOR 8192) AS text_start
            FROM journal_commit
            WHERE partition = $1 AND first_sequence <= range.last AND last_sequence >= range.first AND first_sequence >= coalesce(
                (SELECT max(first_sequence) FROM journal_commit WHERE partition = $1 AND first_sequence <= range.first),
                0)
            OFFSET 0
        ) AS found
        ORDER BY range.number, found.first_sequence
        """;

    /// <summary>The maximum number of bytes of the body's index.</summary>
    public long IndexLengthMax => Math.Min(BodyLength, CommitBodyIndex.LengthMax(Header.First, Header.Last));

    /// <summary>Whether the bytes read from the start of the body contain the whole index.</summary>
    public bool HasIndexIn(byte[] start) => start.Length >= IndexLengthMax;

    /// <summary>Reads a row of <see cref="FindSql"/>.</summary>
    /// <exception cref="JournalDamagedException">The row contains a value that no version writes.</exception>
    public static StoredPart Read(NpgsqlDataReader row) => new(
        JournalRows.ToHeader(row),
        new EntryRange(new Sequence(row.GetInt64(9)), new Sequence(row.GetInt64(10))),
        row.GetInt32(11),
        row.GetInt32(12),
        row.IsDBNull(13) ? null : row.GetFieldValue<byte[]>(13),
        row.IsDBNull(14) ? null : row.GetFieldValue<byte[]>(14));
}
