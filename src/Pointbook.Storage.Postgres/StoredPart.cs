using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Entries of a range that one commit has, and the beginning of its body and texts.</summary>
/// <param name="Commit">The id of the commit.</param>
/// <param name="First">The commit's first entry.</param>
/// <param name="Last">The commit's last entry.</param>
/// <param name="Range">The entries.</param>
/// <param name="Format">The format of the commit.</param>
/// <param name="BodyLength">How many bytes the body has.</param>
/// <param name="TextsLength">How many bytes the texts have.</param>
/// <param name="Start">The first bytes of the body, up to a limit; null if the part before is of the same commit.</param>
/// <param name="TextStart">The first bytes of the texts, up to a limit; null if the part before is of the same commit.</param>
internal sealed record StoredPart(
    Guid Commit, Sequence First, Sequence Last, EntryRange Range, int Format, int BodyLength, int TextsLength, byte[]? Start, byte[]? TextStart)
{
    // Each range by itself, by the key. Otherwise the planner may go through the whole journal once. A body is stored without compression, so
    // that a part of it is read without the rest.
    internal const string FindSql =
        """
        SELECT found.commit_id, found.first_sequence, found.last_sequence,
            greatest(found.first_sequence, range.first), least(found.last_sequence, range.last), found.format,
            found.length, found.text_length,
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
            SELECT commit_id, first_sequence, last_sequence, format, octet_length(body) AS length, octet_length(texts) AS text_length,
                substring(body FROM 1 FOR 8192) AS start, substring(texts FROM 1 FOR 8192) AS text_start
            FROM journal_commit
            WHERE partition = $1 AND first_sequence <= range.last AND last_sequence >= range.first AND first_sequence >= coalesce(
                (SELECT max(first_sequence) FROM journal_commit WHERE partition = $1 AND first_sequence <= range.first),
                0)
            OFFSET 0
        ) AS found
        ORDER BY range.number, found.first_sequence
        """;

    /// <summary>How many bytes the index of the body has at most.</summary>
    public long IndexLengthMax => Math.Min(BodyLength, CommitBodyIndex.LengthMax(First, Last));

    /// <summary>Whether the first bytes of the body, as many as were read, have the whole index.</summary>
    public bool HasIndexIn(byte[] start) => start.Length >= IndexLengthMax;

    /// <summary>Reads a row of <see cref="FindSql"/>.</summary>
    public static StoredPart Read(NpgsqlDataReader row) => new(
        row.GetGuid(0),
        new Sequence(row.GetInt64(1)),
        new Sequence(row.GetInt64(2)),
        new EntryRange(new Sequence(row.GetInt64(3)), new Sequence(row.GetInt64(4))),
        row.GetInt32(5),
        row.GetInt32(6),
        row.GetInt32(7),
        row.IsDBNull(8) ? null : row.GetFieldValue<byte[]>(8),
        row.IsDBNull(9) ? null : row.GetFieldValue<byte[]>(9));
}
