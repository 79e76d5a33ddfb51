namespace Pointbook.Storage.Postgres;

/// <summary>Bytes of the body of a commit.</summary>
/// <param name="Commit">The first entry of the commit.</param>
/// <param name="Offset">The place of the first byte in the body.</param>
/// <param name="Length">How many bytes.</param>
internal readonly record struct BodyBytes(long Commit, int Offset, int Length)
{
    /// <summary>
    /// Reads of each commit that begins at one of $2 as many bytes of its body as the element of $4 says, from the byte of $3 on, which is counted
    /// from 1. Each row has the number of the elements, counted from 1. There is none for a commit that is not there.
    /// </summary>
    // Each commit by itself, by the key, as the parts are found. Rows are not sorted, because that would copy the bytes.
    internal const string ReadSql =
        """
        SELECT wanted.number, found.bytes
        FROM unnest($2::bigint[], $3::integer[], $4::integer[]) WITH ORDINALITY AS wanted (first, start, length, number)
        CROSS JOIN LATERAL (
            SELECT substring(body FROM wanted.start FOR wanted.length) AS bytes
            FROM journal_commit
            WHERE partition = $1 AND first_sequence = wanted.first
            OFFSET 0
        ) AS found
        """;
}
