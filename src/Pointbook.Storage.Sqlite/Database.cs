using System.Globalization;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Microsoft.Data.Sqlite;

using Pointbook.Engine.Stores;

namespace Pointbook.Storage.Sqlite;

/// <summary>Opens the files of a store and keeps their schemas up to date.</summary>
internal static class Database
{
    // Measured: with fewer pages between checkpoints commits wait for them more often, and a thread of its own was slower.
    private const int CheckpointPages = 10_000;

    /// <summary>Lets SQLite do without the locks that nobody needs here. To be called before the first file is opened.</summary>
    /// <remarks>
    /// SQLite takes a lock in every call, and one for the whole process in every allocation to count memory. No connection is
    /// used by two threads at once, which is what Microsoft.Data.Sqlite asks of its callers anyway. If something else in the
    /// process has used SQLite before, this does nothing, and everything is only slower.
    /// </remarks>
    public static void Configure()
    {
        SQLitePCL.Batteries_V2.Init();
        SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MULTITHREAD);
        SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    /// <summary>Opens a connection that writes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="synchronous">FULL where a commit has to survive a loss of power, NORMAL where it may be repeated.</param>
    /// <param name="busyTimeout">How long to wait for another program's lock.</param>
    public static SqliteConnection OpenWriter(string path, string synchronous, TimeSpan busyTimeout)
    {
        SqliteConnection connection = new(ConnectionString(path, SqliteOpenMode.ReadWriteCreate));
        connection.Open();
        Execute(
            connection,
            $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {synchronous}; PRAGMA wal_autocheckpoint = {CheckpointPages}; "
            + $"PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY; {BusyTimeout(busyTimeout)}");
        return connection;
    }

    /// <summary>Opens a connection that reads.</summary>
    public static SqliteConnection OpenReader(string path, TimeSpan busyTimeout)
    {
        SqliteConnection connection = new(ConnectionString(path, SqliteOpenMode.ReadWrite));
        connection.Open();
        Execute(connection, $"PRAGMA query_only = 1; PRAGMA cache_size = -16384; {BusyTimeout(busyTimeout)}");
        return connection;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Applies the numbered scripts that a file has not seen yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="folder">The folder of the scripts below Schema.</param>
    /// <exception cref="StoreException">The file was written by a newer version, or a script failed.</exception>
    public static void Migrate(string path, string folder)
    {
        string prefix = $"{typeof(Database).Namespace}.Schema.{folder}.";
        UpgradeEngine engine = DeployChanges.To
            .SqliteDatabase(ConnectionString(path, SqliteOpenMode.ReadWriteCreate))
            .WithScriptsEmbeddedInAssembly(typeof(Database).Assembly, name => name.StartsWith(prefix, StringComparison.Ordinal))
            .WithTransactionPerScript()
            .LogTo(new NoOpUpgradeLog())
            .Build();
        List<string> known = [.. engine.GetDiscoveredScripts().Select(script => script.Name)];
        string? unknown = engine.GetExecutedScripts().FirstOrDefault(name => !known.Contains(name));
        if (unknown is not null)
        {
            throw new StoreException($"{path} was written by a newer version of Pointbook ({unknown}); use that version.");
        }

        DatabaseUpgradeResult result = engine.PerformUpgrade();
        if (!result.Successful)
        {
            throw new StoreException($"The schema of {path} could not be brought up to date: {result.Error.Message}", result.Error);
        }
    }

    private static string ConnectionString(string path, SqliteOpenMode mode) =>
        new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString();

    private static string BusyTimeout(TimeSpan timeout) =>
        string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {(long)timeout.TotalMilliseconds};");
}
