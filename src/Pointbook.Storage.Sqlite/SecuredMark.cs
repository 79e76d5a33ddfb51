using Microsoft.Data.Sqlite;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Sqlite;

/// <summary>The mark in a journal's file that callers ever had to say who they are, with API keys or with tokens. It is never taken away.</summary>
internal static class SecuredMark
{
    /// <summary>Whether it is there.</summary>
    /// <exception cref="SqliteException">The file could not be read.</exception>
    public static bool Read(string path, TimeSpan busyTimeout, SqliteOpenMode mode)
    {
        using SqliteConnection connection = Database.OpenReader(path, busyTimeout, mode);
        using Statement statement = new(connection, "SELECT 1 FROM secured");
        return statement.Step();
    }

    /// <summary>Puts it there, between two commits of whoever appends to the journal. It is durable before this returns.</summary>
    /// <exception cref="SqliteException">The file could not be written to.</exception>
    public static void Write(string path, TimeSpan busyTimeout)
    {
        using SqliteConnection connection = Database.OpenWriter(path, WriterProfile.Journal, busyTimeout);
        // Without the lock at its beginning, a transaction that meets a commit would fail instead of waiting for it.
        foreach (string sql in new[] { "BEGIN IMMEDIATE", "INSERT INTO secured (id) VALUES (1) ON CONFLICT DO NOTHING", "COMMIT" })
        {
            using Statement statement = new(connection, sql);
            statement.Run();
        }
    }

    /// <summary>A mark that could not be set.</summary>
    public static StoreException Failed(string path, SqliteException failure) => new($"{path} could not be marked as secured: {failure.Message}", failure);
}
