using System.Reflection;
using Microsoft.Data.Sqlite;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Sqlite.Analytics;

/// <summary>Creates the analytics tables. Tables of another version are dropped, because refilling them is simpler than an upgrade.</summary>
internal static class AnalyticsSchema
{
    /// <summary>The version of the tables. Every change of analytics.sql must raise it.</summary>
    public const int Version = 3;

    // Names only Pointbook's own tables.
    private const string DropSql =
        """
        DROP VIEW IF EXISTS history; DROP VIEW IF EXISTS pending_spend; DROP VIEW IF EXISTS open_lot; DROP VIEW IF EXISTS balance;
        DROP TABLE IF EXISTS export_position; DROP TABLE IF EXISTS hold; DROP TABLE IF EXISTS account_balance; DROP TABLE IF EXISTS lot; DROP TABLE IF EXISTS entry;
        DROP TABLE IF EXISTS operation; DROP TABLE IF EXISTS account; DROP TABLE IF EXISTS export_schema
        """;

    private static readonly string Script = ReadScript();

    /// <summary>Checks that a file is new or has analytics tables, without changing it. Opening it for writing would already create a write-ahead log.</summary>
    /// <exception cref="StoreException">The file is another program's database, or another file of the store.</exception>
    public static void CheckOwn(string path, TimeSpan busyTimeout)
    {
        if (File.Exists(path))
        {
            using SqliteConnection connection = Database.OpenReader(path, busyTimeout, SqliteOpenMode.ReadOnly);
            ReadVersion(connection, path);
        }
    }

    /// <summary>Creates the tables if they are missing or of another version.</summary>
    /// <returns>Why the tables were created, or null if they already existed.</returns>
    /// <exception cref="StoreException">The file is another program's database, or another file of the store.</exception>
    public static string? Prepare(SqliteConnection connection, string path)
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        long? version = ReadVersion(connection, path);
        if (version == Version)
        {
            return null;
        }

        if (version is not null)
        {
            Database.Execute(connection, DropSql);
        }

        Database.Execute(connection, Script);
        Database.Execute(connection, $"INSERT INTO export_schema (version) VALUES ({Version})");
        transaction.Commit();
        return version is null ? "they did not exist" : $"the existing tables have version {version}, but this server writes version {Version}";
    }

    /// <summary>Whether erased texts may still be in the file outside of rows.</summary>
    public static bool HasLeftovers(SqliteConnection connection) => Count(connection, "SELECT has_leftovers FROM export_schema") != 0;

    private static long? ReadVersion(SqliteConnection connection, string path)
    {
        if (Count(connection, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'export_schema'") > 0)
        {
            return Count(connection, "SELECT coalesce(max(version), 0) FROM export_schema");
        }

        return Count(connection, "SELECT count(*) FROM sqlite_schema") == 0
            ? null
            : throw new StoreException($"{path} is a database with other tables. Use another file for the analytics tables.");
    }

    private static long Count(SqliteConnection connection, string sql)
    {
        using Statement statement = new(connection, sql);
        statement.Step();
        long count = statement.Int64(0);
        statement.Reset();
        return count;
    }

    private static string ReadScript()
    {
        using Stream script = Assembly.GetExecutingAssembly().GetManifestResourceStream("Pointbook.Storage.Sqlite.Analytics.analytics.sql")!;
        using StreamReader reader = new(script);
        return reader.ReadToEnd();
    }
}
