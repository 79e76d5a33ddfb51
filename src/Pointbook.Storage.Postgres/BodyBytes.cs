using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>A part of the body of a commit, and a part of its texts.</summary>
/// <param name="Commit">The first entry of the commit.</param>
/// <param name="Offset">The place of the first byte in the body.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="TextOffset">The place of the first byte in the texts.</param>
/// <param name="TextLength">How many bytes.</param>
internal readonly record struct BodyBytes(long Commit, int Offset, int Length, int TextOffset, int TextLength)
{
    /// <summary>
    /// Reads of each commit that begins at one of $2 as many bytes of its body as the element of $4 says, from the byte of $3 on, and as many of its
    /// texts as the element of $6 says, from the byte of $5 on. Bytes are counted from 1. Each row has the number of the elements, counted from 1.
    /// There is none for a commit that is not there.
    /// </summary>
    // Each commit by itself, by the key, as the parts are found. Rows are not sorted, because that would copy the bytes.
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

    /// <summary>Adds the parameters of <see cref="ReadSql"/> behind the partition.</summary>
    public static void AddParameters(NpgsqlParameterCollection parameters, IReadOnlyCollection<BodyBytes> wanted) => parameters
        .AddBigints([.. wanted.Select(part => part.Commit)])
        .AddInts([.. wanted.Select(part => part.Offset + 1)])
        .AddInts([.. wanted.Select(part => part.Length)])
        .AddInts([.. wanted.Select(part => part.TextOffset + 1)])
        .AddInts([.. wanted.Select(part => part.TextLength)]);
}
