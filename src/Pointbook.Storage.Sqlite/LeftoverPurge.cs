using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Pointbook.Engine;
using Pointbook.Engine.Journal;

namespace Pointbook.Storage.Sqlite;

/// <summary>Removes copies of deleted rows: those in unused parts of pages, and those in the write-ahead log. Not thread-safe.</summary>
/// <remarks>
/// When SQLite splits a page, it moves rows to another page. Their bytes stay in the unused part of the old page, and <c>secure_delete</c> does not overwrite them
/// when the rows are deleted. <c>VACUUM</c> rewrites the file without them. No other connection can write to the file meanwhile, and the copy is in memory, so the
/// server leaves larger files to the operator.
/// </remarks>
/// <param name="path">The file.</param>
/// <param name="options">The maximum size of a file, and how long to wait for locks.</param>
/// <param name="logger">Where to log.</param>
/// <param name="clock">The clock for pauses, by default the system's.</param>
internal sealed class LeftoverPurge(string path, SqliteStoreOptions options, ILogger logger, TimeProvider? clock = null)
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly PurgePace _pace = new(clock ?? TimeProvider.System, RetryDelay, pauseMin: TimeSpan.Zero);
    private bool _mustVacuum = true;

    /// <summary>Records that rows were deleted, so that the file may contain copies of them.</summary>
    public void NoteDeletion() => _mustVacuum = true;

    /// <summary>Removes the leftovers.</summary>
    /// <param name="writer">The only connection that writes to the file. It must not be in a transaction.</param>
    /// <returns>False if the write-ahead log could not be emptied, because other connections read or wrote during every attempt. The next call does not rewrite the file.</returns>
    /// <exception cref="SqliteException">SQLite could not write the file.</exception>
    /// <exception cref="StorageFailureException">There is not enough free space on the disk.</exception>
    public bool TryRun(SqliteConnection writer)
    {
        bool isEmpty;
        try
        {
            if (_mustVacuum)
            {
                Vacuum();
                _mustVacuum = false;
            }
        }
        finally
        {
            // Also after a failure: truncating the log with the unfinished copy frees space on a full disk.
            isEmpty = Database.TryEmptyLog(writer);
        }

        return isEmpty;
    }

    /// <summary>Removes the leftovers, unless the pause after the last run is not over yet. Logs a failure. A later call tries again.</summary>
    /// <param name="writer">As for <see cref="TryRun"/>.</param>
    /// <returns>Whether the leftovers were removed.</returns>
    public bool TryRunPaced(SqliteConnection writer)
    {
        if (_pace.Left > TimeSpan.Zero)
        {
            return false;
        }

        long begin = _clock.GetTimestamp();
        try
        {
            if (TryRun(writer))
            {
                _pace.Succeed(_clock.GetElapsedTime(begin));
                return true;
            }
        }
        catch (Exception failure) when (failure is SqliteException or StorageFailureException or IOException or UnauthorizedAccessException)
        {
            logger.LeftoversNotRemoved(failure, path);
        }

        _pace.Fail(_clock.GetElapsedTime(begin));
        return false;
    }

    private void Vacuum()
    {
        long size = new FileInfo(path).Length;
        if (size > options.VacuumBytesMax)
        {
            logger.LeftoversKept(path, size, options.VacuumBytesMax);
            return;
        }

        // The copy goes through the write-ahead log, and other programs need space meanwhile.
        long free = new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(path))!).AvailableFreeSpace;
        if (free < 2 * size)
        {
            throw new StorageFailureException(
                $"{path} can't be written again without copies of deleted rows: that needs {2 * size} bytes of free space, and the disk has {free}. Free some space.");
        }

        long begin = _clock.GetTimestamp();
        Database.Vacuum(path, options.BusyTimeout);
        logger.LeftoversRemoved(path, size, (long)_clock.GetElapsedTime(begin).TotalMilliseconds);
    }
}
