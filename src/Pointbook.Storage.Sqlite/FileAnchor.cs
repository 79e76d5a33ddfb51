using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Pointbook.Storage.Sqlite;

/// <summary>Holds on to a file, and tells whether it is still the one that others find under its name. Thread-safe.</summary>
internal sealed partial class FileAnchor(string path, TimeSpan busyTimeout) : IDisposable
{
    private const int HasMovedOperation = 20;

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection = Database.OpenReader(path, busyTimeout);
    private bool _hasMoved;

    /// <summary>Checks that the file is in its place and was all the time, as far as anybody asked.</summary>
    /// <remarks>Where an open file cannot be replaced, as on Windows, SQLite does not know the question and all is well.</remarks>
    /// <exception cref="IOException">It was moved away, removed or replaced by another one.</exception>
    public void Check()
    {
        lock (_lock)
        {
            int hasMoved = 0;
            int code = Control(_connection.Handle ?? throw new ObjectDisposedException(path), "main", HasMovedOperation, ref hasMoved);
            _hasMoved |= code == raw.SQLITE_OK && hasMoved != 0;
            if (_hasMoved)
            {
                throw new IOException(
                    $"{path} was moved, removed or replaced while it was open; stop the server, put the right file there without a -wal and a -shm of another "
                    + "one beside it, and start the server again.");
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _connection.Dispose();
        }
    }

    // The one function of SQLite that is needed here and that its managed layer does not pass on.
    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static partial int Control(sqlite3 database, string name, int operation, ref int answer);
}
