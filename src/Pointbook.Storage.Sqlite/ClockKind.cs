using Microsoft.Data.Sqlite;

namespace Pointbook.Storage.Sqlite;

/// <summary>The record in the journal's file of whether the store uses a test clock. It is written once and never changed.</summary>
internal static class ClockKind
{
    /// <summary>Reads the record.</summary>
    /// <returns>Whether the store uses a test clock, or null if there is no record.</returns>
    /// <exception cref="SqliteException">SQLite could not read the file.</exception>
    public static bool? Read(string path, TimeSpan busyTimeout, SqliteOpenMode mode)
    {
        using SqliteConnection connection = Database.OpenReader(path, busyTimeout, mode);
        using Statement statement = new(connection, "SELECT is_test FROM clock_kind");
        return statement.Step() ? statement.Int64(0) != 0 : null;
    }

    /// <summary>Writes the record between two commits of the journal's writer. It is durable before this returns.</summary>
    /// <exception cref="SqliteException">SQLite could not write to the file.</exception>
    public static void Write(string path, TimeSpan busyTimeout, bool isTest)
    {
        using SqliteConnection connection = Database.OpenWriter(path, WriterProfile.Journal, busyTimeout);
        string insert = $"INSERT INTO clock_kind (id, is_test) VALUES (1, {(isTest ? 1 : 0)}) ON CONFLICT DO NOTHING";
        foreach (string sql in new[] { "BEGIN IMMEDIATE", insert, "COMMIT" })
        {
            using Statement statement = new(connection, sql);
            statement.Run();
        }
    }
}
