using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Pointbook.Storage.Sqlite;

/// <summary>A connection that only reads a file, and stops a read when its caller gives up. Not thread-safe.</summary>
internal abstract class ReadConnection : IDisposable
{
    // Corresponds to a few hundred microseconds of work.
    private const int InstructionsPerLook = 10_000;

    protected ReadConnection(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
    {
        Connection = Database.OpenReader(path, busyTimeout, mode);
        raw.sqlite3_progress_handler(Connection.Handle, InstructionsPerLook, MustStop, null);
    }

    /// <summary>Stops the read, even inside a statement that finds no rows. The pool sets it for each read.</summary>
    public CancellationToken Stop { get; set; }

    protected SqliteConnection Connection { get; }

    /// <summary>Whether a statement failed because its read was stopped.</summary>
    public static bool IsStopped(Exception failure) => failure is SqliteException { SqliteErrorCode: raw.SQLITE_INTERRUPT };

    public void Dispose()
    {
        DisposeStatements();
        Connection.Dispose();
    }

    protected abstract void DisposeStatements();

    private int MustStop(object data) => Stop.IsCancellationRequested ? 1 : 0;
}
