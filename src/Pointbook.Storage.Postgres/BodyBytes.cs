using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>A part of the body of a commit, and a part of its texts.</summary>
/// <param name="Commit">The first entry of the commit.</param>
/// <param name="Offset">The place of the first byte in the body.</param>
/// <param name="Length">The number of bytes of the body.</param>
/// <param name="TextOffset">The place of the first byte in the texts.</param>
/// <param name="TextLength">The number of bytes of the texts.</param>
internal readonly record struct BodyBytes(long Commit, int Offset, int Length, int TextOffset, int TextLength)
{
    /// <summary>
    /// Reads a part of the body and of the texts for each commit that begins at an element of $2. The body's part starts at byte $3 and has $4 bytes; the
    /// texts' part starts at byte $5 and has $6 bytes. Bytes are counted from 1. Each row has the number of its elements, counted from 1.
    /// A missing commit has no row.
    /// </summary>
    // Finds each commit separately by key, like the parts. Rows are not sorted, because a sort would copy the bytes.
    internal const string ReadSql =
        """
        SELECT wanted.number, found.bytes, found.text_bytes
        FROM unnest($2::bigint[], $3::integer[], $4::integer[], $5::integer[], $6::integer[])
            WITH ORDINALITY AS wanted (first, start, length, text_start, text_length, number)
        CROSS JOIN LATERAL (
            SELECT substring(body FROM wanted.start FOR wanted.length) AS bytes, substring(texts FROM wanted.text_start FOR wanted.text_length) AS text_bytes
            FROM journal_commit
            WHERE partition = $1 AND first_sequence = wanted.first
            OFFSET 0
        ) AS found
        """;

    /// <summary>Adds the parameters of <see cref="ReadSql"/> after the partition.</summary>
    public static void AddParameters(NpgsqlParameterCollection parameters, IReadOnlyCollection<BodyBytes> wanted) => parameters
        .AddBigints([.. wanted.Select(part => part.Commit)])
        .AddInts([.. wanted.Select(part => part.Offset + 1)])
        .AddInts([.. wanted.Select(part => part.Length)])
        .AddInts([.. wanted.Select(part => part.TextOffset + 1)])
        .AddInts([.. wanted.Select(part => part.TextLength)]);
}
