using System.Text;
using Microsoft.Data.Sqlite;
using Pointbook.Storage.Sqlite.Tests.Support;

namespace Pointbook.Storage.Sqlite.Tests.Stores;

/// <summary>SQLite may leave bytes of deleted rows outside of rows. The purge removes them, at a bounded cost.</summary>
public sealed class LeftoverPurgeTests : IDisposable
{
    private const string Copy = "copy of holder@example.com";
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    private readonly TempDirectory _files = new();
    private readonly ListLogger _log = new();

    private string File => _files.File("some.db");

    private long LogBytes => new FileInfo(File + "-wal").Length;

    public LeftoverPurgeTests()
    {
        using SqliteConnection connection = OpenWriter();
        Database.Execute(connection, "CREATE TABLE item (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO item (text) VALUES ('one'), ('two')");
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Copies_of_rows_are_removed_once_per_deletion()
    {
        LeftoverPurge purge = NewPurge(1 << 20);
        UnusedPageSpace.WriteText(File, Copy);
        Assert.True(TryRun(purge));
        Assert.False(HasCopy());

        UnusedPageSpace.WriteText(File, Copy);
        Assert.True(TryRun(purge));
        Assert.True(HasCopy());

        purge.NoteDeletion();
        Assert.True(TryRun(purge));
        Assert.False(HasCopy());
        Assert.Empty(_log.Warnings);
    }

    [Fact]
    public void A_file_that_is_too_large_is_not_rewritten_and_the_log_says_so()
    {
        UnusedPageSpace.WriteText(File, Copy);
        Assert.True(TryRun(NewPurge(4_096)));
        Assert.True(HasCopy());
        Assert.Contains("more than VacuumBytesMax (4096)", Assert.Single(_log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void During_a_read_the_file_is_not_rewritten_repeatedly()
    {
        LeftoverPurge purge = NewPurge(1 << 20);
        using SqliteConnection writer = OpenWriter();
        using SqliteConnection reader = Database.OpenReader(File, BusyTimeout);
        Database.Execute(reader, "BEGIN; SELECT * FROM item");
        Assert.False(purge.TryRun(writer));
        long bytes = LogBytes;
        Assert.True(bytes > 0);
        Assert.False(purge.TryRun(writer));
        Assert.Equal(bytes, LogBytes);

        Database.Execute(reader, "COMMIT");
        Assert.True(purge.TryRun(writer));
        Assert.Equal(0, LogBytes);
    }

    [Fact]
    public void A_failed_purge_is_retried_after_a_pause_and_affects_nothing_else()
    {
        LeftoverPurge purge = NewPurge(1 << 20, TimeSpan.Zero);
        using SqliteConnection writer = OpenWriter();
        using SqliteConnection other = OpenWriter();
        Database.Execute(other, "BEGIN IMMEDIATE");
        Assert.False(purge.TryRunPaced(writer));
        Assert.Contains("could not be removed", Assert.Single(_log.Warnings), StringComparison.Ordinal);
        Database.Execute(other, "COMMIT");
        Assert.False(purge.TryRunPaced(writer));
        Assert.Contains("could not be removed", Assert.Single(_log.Warnings), StringComparison.Ordinal);
        Assert.True(purge.TryRun(writer));
    }

    private LeftoverPurge NewPurge(long vacuumBytesMax, TimeSpan? busyTimeout = null) =>
        new(File, new SqliteStoreOptions { Directory = _files.Path, VacuumBytesMax = vacuumBytesMax, BusyTimeout = busyTimeout ?? BusyTimeout }, _log);

    private SqliteConnection OpenWriter() => Database.OpenWriter(File, WriterProfile.Analytics, BusyTimeout);

    private bool TryRun(LeftoverPurge purge)
    {
        using SqliteConnection writer = OpenWriter();
        return purge.TryRun(writer);
    }

    private bool HasCopy() => System.IO.File.ReadAllBytes(File).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Copy)) >= 0;
}
