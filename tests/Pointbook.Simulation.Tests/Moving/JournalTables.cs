using System.Data.Common;
using Microsoft.Data.Sqlite;
using Pointbook.Simulation.Tests.Audit;

namespace Pointbook.Simulation.Tests.Moving;

/// <summary>Every column of the journal, as text, so that stores can be compared and rows taken away.</summary>
internal static class JournalTables
{
    private static readonly string[] Binary = ["commit_id", "previous_seal", "seal", "key_hash"];

    /// <summary>The commits and the entries, in order.</summary>
    public static List<string> Read(RawDatabase database) =>
    [
        .. database.Read(
            $"""
            SELECT first_sequence, last_sequence, commit_id, format, {database.Microseconds("decided_at")}, {database.Microseconds("recorded_at")}, previous_seal, seal
            FROM journal_commit ORDER BY last_sequence
            """,
            ToText),
        .. database.Read(
            $"""
            SELECT sequence, kind, account, payer, points, lot_points, {database.Microseconds("occurred_at")}, lot,
                {database.Microseconds("expires_at")}, operation, subject, idempotency_key, key_hash, reference, reason, actor
            FROM journal_entry ORDER BY sequence
            """,
            ToText),
    ];

    /// <summary>Takes the last commits out of a file.</summary>
    /// <returns>The last entry that is left.</returns>
    public static long CutOff(string file, int commits)
    {
        Execute(
            file,
            $"""
            DELETE FROM journal_commit WHERE last_sequence IN (SELECT last_sequence FROM journal_commit ORDER BY last_sequence DESC LIMIT {commits});
            DELETE FROM journal_entry WHERE sequence > (SELECT max(last_sequence) FROM journal_commit);
            """);
        return new SqliteFile(file).Read("SELECT max(last_sequence) FROM journal_commit", row => row.GetInt64(0)).Single();
    }

    /// <summary>Changes a file that no server uses.</summary>
    public static void Execute(string file, string sql)
    {
        using SqliteConnection connection = new($"Data Source={file};Pooling=false");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static string ToText(DbDataReader row) => string.Join(' ', Enumerable.Range(0, row.FieldCount).Select(column => ToText(row, column)));

    private static string ToText(DbDataReader row, int column) => row.IsDBNull(column) ? "null"
        : !Binary.Contains(row.GetName(column)) ? FormattableString.Invariant($"{row.GetValue(column)}")
        : row.GetValue(column) is Guid id ? Convert.ToHexString(id.ToByteArray(bigEndian: true))
        : Convert.ToHexString((byte[])row.GetValue(column));
}
