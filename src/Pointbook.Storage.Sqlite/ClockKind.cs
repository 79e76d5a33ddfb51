using Microsoft.Data.Sqlite;

namespace Pointbook.Storage.Sqlite;

/// <summary>The note in a journal's file whether the store is used with a test clock. It is made once and never changed.</summary>
internal static class ClockKind
{
    /// <summary>Reads it.</summary>
    /// <returns>Whether it is a test clock, or null if nothing is noted.</returns>
    /// <exception cref="SqliteException">The file could not be read.</exception>
    public static bool? Read(string path, TimeSpan busyTimeout, SqliteOpenMode mode)
    {
        using SqliteConnection connection = Database.OpenReader(path, busyTimeout, mode);
        using Statement statement = new(connection, "SELECT is_test FROM clock_kind");
        return statement.Step() ? statement.Int64(0) != 0 : null;
    }

    /// <summary>Makes it, between two commits of whoever appends to the journal. It is durable before this returns.</summary>
    /// <exception cref="SqliteException">The file could not be written to.</exception>
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
