using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Stores;

/// <summary>SQLite may leave bytes of deleted rows outside of rows. The purge removes them, at a bounded cost.</summary>
public sealed class LeftoverPurgeTests : IDisposable
{
    private const string Copy = "copy of holder@example.com";
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromSeconds(5);

    private readonly TempDirectory _files = new();
    private readonly ListLogger _log = new();
    private readonly FakeTimeProvider _clock = new();

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
    public void A_purge_that_fails_is_tried_again_after_pauses_that_grow_and_harms_nobody()
    {
        LeftoverPurge purge = NewPurge(1 << 20, TimeSpan.Zero);
        using SqliteConnection writer = OpenWriter();
        using SqliteConnection other = OpenWriter();
        Database.Execute(other, "BEGIN IMMEDIATE");
        Assert.False(purge.TryRunPaced(writer));
        Assert.Contains("could not be removed", Assert.Single(_log.Warnings), StringComparison.Ordinal);
        foreach (int pause in new[] { 1, 2 })
        {
            _clock.Advance(TimeSpan.FromSeconds(pause) - TimeSpan.FromMilliseconds(1));
            Assert.False(purge.TryRunPaced(writer));
            Assert.Equal(pause, _log.Warnings.Count);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.False(purge.TryRunPaced(writer));
            Assert.Equal(pause + 1, _log.Warnings.Count);
        }

        Database.Execute(other, "COMMIT");
        Assert.False(purge.TryRunPaced(writer));
        _clock.Advance(TimeSpan.FromSeconds(4));
        Assert.True(purge.TryRunPaced(writer));
    }

    private LeftoverPurge NewPurge(long vacuumBytesMax, TimeSpan? busyTimeout = null) =>
        new(File, new SqliteStoreOptions { Directory = _files.Path, VacuumBytesMax = vacuumBytesMax, BusyTimeout = busyTimeout ?? BusyTimeout }, _log, _clock);

    private SqliteConnection OpenWriter() => Database.OpenWriter(File, WriterProfile.Analytics, BusyTimeout);

    private bool TryRun(LeftoverPurge purge)
    {
        using SqliteConnection writer = OpenWriter();
        return purge.TryRun(writer);
    }

    private bool HasCopy() => System.IO.File.ReadAllBytes(File).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Copy)) >= 0;
}
