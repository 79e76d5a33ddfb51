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
    // Measured: fewer pages between checkpoints make commits wait for checkpoints more often. A separate checkpoint thread was slower.
    private const int CheckpointPages = 10_000;

    // Readers almost always leave a pause, so one of these attempts succeeds.
    private const int LogAttempts = 50;
    private static readonly TimeSpan LogWait = TimeSpan.FromMilliseconds(20);

    // There may be 80 readers (Storage:ReadersMax for each of five kinds), and the operating system also caches the files.
    private const int ReaderCacheKibibytes = 2_048;

    /// <summary>Turns off SQLite locks that Pointbook does not need. The caller must call this before it opens the first file.</summary>
    /// <remarks>
    /// SQLite takes a lock in every call, and a process-wide lock in every allocation to count memory. No connection is used by two
    /// threads at once, as Microsoft.Data.Sqlite requires of its callers anyway. If other code in the process has already used
    /// SQLite, this has no effect, and everything is only slower.
    /// </remarks>
    public static void Configure()
    {
        SQLitePCL.Batteries_V2.Init();
        SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MULTITHREAD);
        SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    /// <summary>Opens a connection that writes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="profile">The settings for what the connection writes.</param>
    /// <param name="busyTimeout">How long to wait for a lock of another program.</param>
    public static SqliteConnection OpenWriter(string path, WriterProfile profile, TimeSpan busyTimeout)
    {
        SqliteConnection connection = new(ConnectionString(path, SqliteOpenMode.ReadWriteCreate, busyTimeout));
        connection.Open();
        Execute(
            connection,
            $"PRAGMA journal_mode = WAL; PRAGMA synchronous = {profile.Synchronous}; PRAGMA wal_autocheckpoint = {CheckpointPages}; "
            + $"PRAGMA cache_size = -{profile.CacheKibibytes}; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; {BusyTimeout(busyTimeout)}");
        return connection;
    }

    /// <summary>Moves all pages from the write-ahead log into the file, and empties the log.</summary>
    /// <returns>False if another connection read or wrote during every attempt.</returns>
    public static bool TryEmptyLog(SqliteConnection connection)
    {
        // https://sqlite.org/pragma.html#pragma_wal_checkpoint: TRUNCATE blocks writers, also while it waits for readers. So most of the work is done
        // before, and each wait is short. The first column is 1 if another connection was in the way.
        using Statement timeout = new(connection, "PRAGMA busy_timeout");
        timeout.Step();
        TimeSpan before = TimeSpan.FromMilliseconds(timeout.Int64(0));
        timeout.Reset();
        Execute(connection, BusyTimeout(LogWait));
        try
        {
            bool isEmpty = false;
            for (int attempt = 0; attempt < LogAttempts && !isEmpty; attempt++)
            {
                Execute(connection, "PRAGMA wal_checkpoint(PASSIVE)");
                using Statement checkpoint = new(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
                isEmpty = checkpoint.Step() && checkpoint.Int64(0) == 0;
                checkpoint.Reset();
            }

            return isEmpty;
        }
        finally
        {
            Execute(connection, BusyTimeout(before));
        }
    }

    /// <summary>Rewrites a file so that it contains nothing but its rows. The copy is in memory, and other connections cannot write to the file meanwhile.</summary>
    /// <param name="path">The file, which must exist.</param>
    /// <param name="busyTimeout">How long to wait for a lock of another program.</param>
    public static void Vacuum(string path, TimeSpan busyTimeout)
    {
        using SqliteConnection connection = new(ConnectionString(path, SqliteOpenMode.ReadWrite, busyTimeout));
        connection.Open();
        Execute(connection, $"PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; {BusyTimeout(busyTimeout)}");
        // A command of Microsoft.Data.Sqlite would retry for 30 s if the file is locked.
        using Statement vacuum = new(connection, "VACUUM");
        vacuum.Run();
    }

    /// <summary>Opens a connection to an existing file that is seldom written. Every commit survives a loss of power.</summary>
    /// <param name="path">The file. It has no write-ahead log unless another program turns one on.</param>
    /// <param name="busyTimeout">How long to wait for a lock of another program.</param>
    public static SqliteConnection OpenLogless(string path, TimeSpan busyTimeout)
    {
        SqliteConnection connection = new(ConnectionString(path, SqliteOpenMode.ReadWrite, busyTimeout));
        connection.Open();
        // EXTRA, because deleting the rollback journal is the commit. With FULL the journal may reappear after a loss of power and undo an acknowledged change.
        Execute(connection, $"{BusyTimeout(busyTimeout)} PRAGMA synchronous = EXTRA; PRAGMA temp_store = MEMORY");
        return connection;
    }

    /// <summary>Opens a connection that reads.</summary>
    /// <param name="path">The file.</param>
    /// <param name="busyTimeout">How long to wait for a lock of another program.</param>
    /// <param name="mode">ReadOnly where the file must not change. Otherwise the last connection to close removes the write-ahead log.</param>
    public static SqliteConnection OpenReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
    {
        SqliteConnection connection = new(ConnectionString(path, mode, busyTimeout));
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
            throw new StoreException($"Pointbook can't create the data directory {directory}: {failure.Message} Use another directory.", failure, StoreSetting.Directory);
        }
    }

    /// <summary>Applies the numbered scripts that a file does not have yet. If one fails, none is applied.</summary>
    /// <param name="path">The file. Other processes may migrate it at the same time.</param>
    /// <param name="folder">The folder of the scripts under Schema.</param>
    /// <param name="busyTimeout">How long to wait for a lock of another program.</param>
    /// <exception cref="StoreException">The file is of a newer version, or of a version whose tables cannot be upgraded, or a script failed.</exception>
    /// <exception cref="SqliteException">The file is not a database, or SQLite cannot open or lock it.</exception>
    public static void Migrate(string path, string folder, TimeSpan busyTimeout)
    {
        using SqliteConnection connection = new(ConnectionString(path, SqliteOpenMode.ReadWriteCreate, busyTimeout));
        connection.Open();
        Execute(connection, BusyTimeout(busyTimeout));
        // Takes the lock before reading, so that two processes cannot find the same script missing and apply it twice.
        using (Statement begin = new(connection, "BEGIN IMMEDIATE"))
        {
            begin.Run();
        }

        Upgrade(connection, path, PrefixOf(folder));
        using Statement commit = new(connection, "COMMIT");
        commit.Run();
    }

    /// <summary>Checks that a file has exactly the scripts of this version, without changing it.</summary>
    /// <exception cref="StoreException">Another version or another program wrote the file.</exception>
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
            throw new StoreException($"{path} was written by an older version of Pointbook. Start the server on it once to upgrade it.");
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
            throw new StoreException($"Pointbook could not upgrade the schema of {path}: {result.Error.Message}", result.Error);
        }
    }

    private static string PrefixOf(string folder) => $"{typeof(Database).Namespace}.Schema.{folder}.";

    private static StoreException OfNewerVersion(string path, string script) =>
        new($"{path} was written by a newer version of Pointbook ({script}). Use that version.");

    private static StoreException OfForgottenVersion(string path, string script) =>
        new($"{path} was written by an older version of Pointbook ({script}), whose tables this version does not support.");

    /// <remarks>
    /// If a file is locked, Microsoft.Data.Sqlite repeats a command for its default timeout, in whole seconds, after SQLite has waited for the lock. That timeout
    /// would be 30 s.
    /// </remarks>
    private static string ConnectionString(string path, SqliteOpenMode mode, TimeSpan busyTimeout) => new SqliteConnectionStringBuilder
    {
        DataSource = path,
        Mode = mode,
        Pooling = false,
        DefaultTimeout = (int)Math.Max(1, Math.Ceiling(busyTimeout.TotalSeconds)),
    }.ToString();

    private static string BusyTimeout(TimeSpan timeout) =>
        string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {(long)timeout.TotalMilliseconds};");
}

/// <summary>How a connection writes.</summary>
/// <param name="Synchronous">FULL where a commit must survive a loss of power, NORMAL where the server can repeat it.</param>
/// <param name="CacheKibibytes">The size of the page cache.</param>
internal readonly record struct WriterProfile(string Synchronous, int CacheKibibytes)
{
    /// <summary>Appends to the journal. It needs only the pages that one commit fills.</summary>
    public static readonly WriterProfile Journal = new("FULL", 16_384);

    /// <summary>Updates a few rows for each payer.</summary>
    public static readonly WriterProfile ReadModel = new("NORMAL", 16_384);

    /// <summary>Changes rows of many accounts in turn. Every page that falls out of the cache costs another read and later a write.</summary>
    public static readonly WriterProfile AccountStore = new("NORMAL", 49_152);

    /// <summary>Mostly appends, and changes rows of the accounts in a round. No request waits for it.</summary>
    public static readonly WriterProfile Analytics = new("NORMAL", 32_768);
}
