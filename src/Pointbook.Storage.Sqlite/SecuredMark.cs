using Microsoft.Data.Sqlite;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Sqlite;

/// <summary>The mark in a journal's file that the server has required callers to authenticate, with API keys or tokens. It is never removed.</summary>
internal static class SecuredMark
{
    /// <summary>Whether the mark is set.</summary>
    /// <exception cref="SqliteException">SQLite could not read the file.</exception>
    public static bool Read(string path, TimeSpan busyTimeout, SqliteOpenMode mode)
    {
        using SqliteConnection connection = Database.OpenReader(path, busyTimeout, mode);
        using Statement statement = new(connection, "SELECT 1 FROM secured");
        return statement.Step();
    }

    /// <summary>Sets the mark between two commits of the journal's writer. It is durable before this returns.</summary>
    /// <exception cref="SqliteException">SQLite could not write to the file.</exception>
    public static void Write(string path, TimeSpan busyTimeout)
    {
        using SqliteConnection connection = Database.OpenWriter(path, WriterProfile.Journal, busyTimeout);
        // Without the lock at its start, a transaction that meets a commit would fail instead of waiting for it.
        foreach (string sql in new[] { "BEGIN IMMEDIATE", "INSERT INTO secured (id) VALUES (1) ON CONFLICT DO NOTHING", "COMMIT" })
        {
            using Statement statement = new(connection, sql);
            statement.Run();
        }
    }

    /// <summary>The exception for a mark that could not be set.</summary>
    public static StoreException Failed(string path, SqliteException failure) => new($"Pointbook could not mark {path} as secured: {failure.Message}", failure);
}
