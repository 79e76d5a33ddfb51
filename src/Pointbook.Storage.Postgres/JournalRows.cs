using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Converts rows of the journal to commits.</summary>
internal static class JournalRows
{
    /// <summary>The columns that <see cref="ToCommit"/> reads.</summary>
    public const string CommitColumns = "partition, first_sequence, last_sequence, commit_id, format, decided_at, recorded_at, previous_seal, seal, body, texts";

    /// <summary>The columns that <see cref="ToHead"/> reads.</summary>
    public const string HeadColumns = "first_sequence, last_sequence, commit_id, seal, decided_at, recorded_at";

    /// <summary>Reads the header of a commit, and its bytes in the following columns.</summary>
    /// <exception cref="JournalDamagedException">The row contains a value that no version writes.</exception>
    public static StoredCommit ToCommit(NpgsqlDataReader row) =>
        new(ToHeader(row), new CommitBytes(row.GetFieldValue<byte[]>(9), row.GetFieldValue<byte[]>(10)));

    /// <summary>Reads the header of a commit from the first columns of <see cref="CommitColumns"/>.</summary>
    /// <exception cref="JournalDamagedException">The row contains a value that no version writes.</exception>
    public static CommitHeader ToHeader(NpgsqlDataReader row)
    {
        try
        {
            return ReadHeader(row);
        }
        catch (InvalidRowException fault)
        {
            throw Failure.OfContent(row.GetInt32(0), fault, new Sequence(row.GetInt64(1)), new Sequence(row.GetInt64(2)), row.GetGuid(3));
        }
    }

    /// <summary>Reads a commit as a head.</summary>
    /// <exception cref="JournalDamagedException">The row contains a value that no version writes.</exception>
    public static JournalHead ToHead(NpgsqlDataReader row, int partition)
    {
        Sequence last = new(row.GetInt64(1));
        try
        {
            return new JournalHead(last, ToDigest(row, 3), ToTime(row, 4));
        }
        catch (InvalidRowException fault)
        {
            throw Failure.OfContent(partition, fault, new Sequence(row.GetInt64(0)), last, row.GetGuid(2));
        }
    }

    private static CommitHeader ReadHeader(NpgsqlDataReader row) => new(
        row.GetGuid(3),
        row.GetInt32(0),
        row.GetInt32(4),
        new Sequence(row.GetInt64(1)),
        new Sequence(row.GetInt64(2)),
        ToTime(row, 5),
        ToDigest(row, 7),
        ToDigest(row, 8));

    /// <summary>Reads the times of a commit from two adjacent columns.</summary>
    public static CommitTime ToTime(NpgsqlDataReader row, int column) => new(PostgresTime.Read(row, column), PostgresTime.Read(row, column + 1));

    /// <exception cref="InvalidRowException">The value does not have the length of a digest.</exception>
    public static Digest ToDigest(NpgsqlDataReader row, int column)
    {
        byte[] bytes = row.GetFieldValue<byte[]>(column);
        return bytes.Length == Digest.Length ? new Digest(bytes) : throw Columns.Invalid(row, column, $"{bytes.Length} bytes instead of a digest");
    }

    public static string? ToText(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}

/// <summary>A commit that was read but not decoded. Immutable.</summary>
/// <param name="Header">The header.</param>
/// <param name="Bytes">Body and texts.</param>
internal sealed record StoredCommit(CommitHeader Header, CommitBytes Bytes)
{
    /// <summary>Finds the earlier entries that introduced the commit's accounts and actors.</summary>
    /// <exception cref="InvalidRowException">The commit differs from what the server stored.</exception>
    public IReadOnlyCollection<Sequence> FindReferences()
    {
        CommitBody.CheckFormat(Header.Format);
        return CommitBody.FindReferences(Bytes, Header.First, Header.Last);
    }
}
