using System.Globalization;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using DbUp.Sqlite.Helpers;
using Microsoft.Data.Sqlite;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Sqlite;

/// <summary>Opens the files of a store and keeps their schemas up to date.</summary>
internal static class Database
{
    // Measured: with fewer pages between checkpoints commits wait for them more often, and a thread of its own was slower.
    private const int CheckpointPages = 10_000;

    // There may be 80 readers (Storage:ReadersMax of each of five kinds), and the operating system caches the files as well.
    private const int ReaderCacheKibibytes = 2_048;

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
    /// <param name="profile">What it writes.</param>
    /// <param name="busyTimeout">How long to wait for another program's lock.</param>
    public static SqliteConnection OpenWriter(string path, WriterProfile profile, TimeSpan busyTimeout)
    {
        SqliteConnection connection = new(ConnectionString(path, SqliteOpenMode.ReadWriteCreate));
        connection.Open();
        Execute(
            connection,
            $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {profile.Synchronous}; PRAGMA wal_autocheckpoint = {CheckpointPages}; "
            + $"PRAGMA cache_size = -{profile.CacheKibibytes}; PRAGMA temp_store = MEMORY; {BusyTimeout(busyTimeout)}");
        return connection;
    }

    /// <summary>Opens a connection that writes seldom, to a file that is there. Every commit survives a loss of power.</summary>
    /// <param name="path">The file, which has no write-ahead log as long as nobody gives it one.</param>
    /// <param name="busyTimeout">How long to wait for another program's lock.</param>
    public static SqliteConnection OpenLogless(string path, TimeSpan busyTimeout)
    {
        SqliteConnection connection = new(ConnectionString(path, SqliteOpenMode.ReadWrite));
        connection.Open();
        // EXTRA, because the commit is that the journal is deleted: with FULL it may be there again after a loss of power, and undo what was said to be done.
        Execute(connection, $"{BusyTimeout(busyTimeout)} PRAGMA synchronous = EXTRA; PRAGMA temp_store = MEMORY");
        return connection;
    }

    /// <summary>Opens a connection that reads.</summary>
    /// <param name="path">The file.</param>
    /// <param name="busyTimeout">How long to wait for another program's lock.</param>
    /// <param name="mode">ReadOnly where the file must stay as it is; otherwise the last one to close it tidies up its write-ahead log.</param>
    public static SqliteConnection OpenReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
    {
        SqliteConnection connection = new(ConnectionString(path, mode));
        connection.Open();
        Execute(connection, $"{BusyTimeout(busyTimeout)} PRAGMA query_only = 1; PRAGMA cache_size = -{ReaderCacheKibibytes}");
        return connection;
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Creates a data directory if it is missing.</summary>
    /// <exception cref="StoreException">It cannot be created.</exception>
    public static void CreateDirectory(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The data directory {directory} cannot be created: {failure.Message} Name another directory.", failure, StoreSetting.Directory);
        }
    }

    /// <summary>Applies the numbered scripts that a file has not seen yet: all of them, or none if one fails.</summary>
    /// <param name="path">The file. Other processes may do the same with it at the same time.</param>
    /// <param name="folder">The folder of the scripts below Schema.</param>
    /// <param name="busyTimeout">How long to wait for another program's lock.</param>
    /// <exception cref="StoreException">The file was written by a newer version, or by one whose tables cannot be upgraded, or a script failed.</exception>
    /// <exception cref="SqliteException">The file is no database, or cannot be opened or locked.</exception>
    public static void Migrate(string path, string folder, TimeSpan busyTimeout)
    {
        using SqliteConnection connection = new(ConnectionString(path, SqliteOpenMode.ReadWriteCreate));
        connection.Open();
        Execute(connection, BusyTimeout(busyTimeout));
        // The lock is taken before anything is read, so that no two processes find the same script missing and apply it twice.
        using (Statement begin = new(connection, "BEGIN IMMEDIATE"))
        {
            begin.Run();
        }

        Upgrade(connection, path, PrefixOf(folder));
        using Statement commit = new(connection, "COMMIT");
        commit.Run();
    }

    /// <summary>Checks that a file has seen exactly the scripts there are, without changing it.</summary>
    /// <exception cref="StoreException">It was written by another version, or by another program.</exception>
    public static void CheckVersion(SqliteConnection connection, string path, string folder)
    {
        string prefix = PrefixOf(folder);
        HashSet<string> missing = [.. typeof(Database).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT ScriptName FROM SchemaVersions";
        using SqliteDataReader row = command.ExecuteReader();
        while (row.Read())
        {
            string script = row.GetString(0);
            if (!missing.Remove(script))
            {
                throw OfNewerVersion(path, script);
            }
        }

        if (missing.Count > 0)
        {
            throw new StoreException($"{path} was written by an older version of Pointbook; start the server on it once, which brings it up to date.");
        }
    }

    private static void Upgrade(SqliteConnection connection, string path, string prefix)
    {
        using SharedConnection shared = new(connection);
        UpgradeEngine engine = DeployChanges.To
            .SqliteDatabase(shared)
            .WithScriptsEmbeddedInAssembly(typeof(Database).Assembly, name => name.StartsWith(prefix, StringComparison.Ordinal))
            .WithoutTransaction()
            .LogTo(new NoOpUpgradeLog())
            .Build();
        List<string> known = [.. engine.GetDiscoveredScripts().Select(script => script.Name).Order(StringComparer.Ordinal)];
        string? unknown = engine.GetExecutedScripts().FirstOrDefault(name => !known.Contains(name));
        if (unknown is not null)
        {
            bool isOlder = unknown.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(unknown, known[0]) < 0;
            throw isOlder ? OfForgottenVersion(path, unknown) : OfNewerVersion(path, unknown);
        }

        DatabaseUpgradeResult result = engine.PerformUpgrade();
        if (!result.Successful)
        {
            throw new StoreException($"The schema of {path} could not be brought up to date: {result.Error.Message}", result.Error);
        }
    }

    private static string PrefixOf(string folder) => $"{typeof(Database).Namespace}.Schema.{folder}.";

    private static StoreException OfNewerVersion(string path, string script) =>
        new($"{path} was written by a newer version of Pointbook ({script}); use that version.");

    private static StoreException OfForgottenVersion(string path, string script) =>
        new($"{path} was written by an older version of Pointbook ({script}), whose tables this one does not go on with.");

    private static string ConnectionString(string path, SqliteOpenMode mode) =>
        new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString();

    private static string BusyTimeout(TimeSpan timeout) =>
        string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {(long)timeout.TotalMilliseconds};");
}

/// <summary>How a connection writes.</summary>
/// <param name="Synchronous">FULL where a commit must survive a loss of power, NORMAL where it may be repeated.</param>
/// <param name="CacheKibibytes">How much of the file its page cache holds.</param>
internal readonly record struct WriterProfile(string Synchronous, int CacheKibibytes)
{
    /// <summary>Appends to the journal, so it needs no more pages than one commit fills.</summary>
    public static readonly WriterProfile Journal = new("FULL", 16_384);

    /// <summary>Changes rows of many accounts in turn, so every page that it must read again costs a read and later a write.</summary>
    public static readonly WriterProfile Projection = new("NORMAL", 98_304);
}
