using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.Hosting;
using Pointbook.Storage.Sqlite.Tests.Support;

namespace Pointbook.Storage.Sqlite.Tests.Stores;

/// <summary>If a store cannot be opened, the error says why and what to do.</summary>
public sealed class OpeningTests : IDisposable
{
    private readonly TempDirectory _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_missing_directory_is_created()
    {
        await using SqliteStore store = Open(_files.File("one/two"));
        Assert.True(File.Exists(_files.File("one/two/pointbook.db")));
        Assert.True(File.Exists(_files.File("one/two/pointbook.accounts.db")));
    }

    [Fact]
    public async Task A_second_store_on_a_directory_is_refused_until_the_first_is_closed()
    {
        await using (Open(_files.Path))
        {
            StoreException refused = Assert.Throws<StoreException>(() => Open(_files.Path));
            Assert.Equal(
                $"Another Pointbook server is using the data directory {_files.Path}. Stop that server, or use another directory.",
                refused.Message);
        }

        await using SqliteStore again = Open(_files.Path);
    }

    [Fact]
    public async Task An_open_store_locks_out_other_processes()
    {
        string flock = Requirement.Flock();
        string lockFile = _files.File("pointbook.lock");
        await using (Open(_files.Path))
        {
            Assert.Equal(1, await RunAsync(flock, "--nonblock", lockFile, "true"));
        }

        Assert.Equal(0, await RunAsync(flock, "--nonblock", lockFile, "true"));
    }

    [Fact]
    public async Task A_store_is_locked_out_by_another_process()
    {
        ProcessStartInfo start = new(Requirement.Flock(), [_files.File("pointbook.lock"), "sh", "-c", "echo locked; read line"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using Process other = Process.Start(start)!;
        Assert.Equal("locked", await other.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.Throws<StoreException>(() => Open(_files.Path));

        await other.StandardInput.WriteLineAsync();
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);
        await using SqliteStore store = Open(_files.Path);
    }

    [Fact]
    public void A_directory_inside_a_file_is_refused()
    {
        File.WriteAllText(_files.File("file"), "");
        AssertRefused(_files.File("file/data"), "can't create", "Use another directory.");
    }

    [Fact]
    public void A_file_instead_of_a_directory_is_refused()
    {
        File.WriteAllText(_files.File("file"), "");
        AssertRefused(_files.File("file"), "another directory.");
    }

    [Fact]
    public void A_directory_in_which_no_file_can_be_created_is_refused()
    {
        Requirement.Linux();
        AssertRefused("/proc/self", "/proc/self");
    }

    [Fact]
    public void A_directory_without_write_access_is_refused()
    {
        // A directory in place of the lock file cannot be opened for writing, not even by root, who ignores access rights.
        Directory.CreateDirectory(Path.Combine(_files.Path, "pointbook.lock"));
        AssertRefused(_files.Path, "can't write to", "or use another directory.");
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public void An_empty_directory_name_is_refused(string directory) => AssertRefused(directory, "Directory is empty");

    [Fact]
    public async Task A_journal_of_a_newer_version_is_refused_and_not_changed()
    {
        await Open(_files.Path).DisposeAsync();
        Sql.Run(
            _files.Journal,
            "INSERT INTO SchemaVersions (ScriptName, Applied) VALUES ('Pointbook.Storage.Sqlite.Schema.Journal.9999_later.sql', '2030-01-01')");
        byte[] before = await File.ReadAllBytesAsync(_files.Journal, TestContext.Current.CancellationToken);
        AssertRefused(_files.Path, "newer version of Pointbook", "9999_later.sql", _files.Journal);
        Assert.Equal(before, await File.ReadAllBytesAsync(_files.Journal, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_journal_that_is_not_a_database_is_refused_and_not_changed()
    {
        byte[] garbage = new byte[9_000];
        new Random(5).NextBytes(garbage);
        await File.WriteAllBytesAsync(_files.Journal, garbage, TestContext.Current.CancellationToken);
        AssertRefused(_files.Path, _files.Journal);
        Assert.Equal(garbage, await File.ReadAllBytesAsync(_files.Journal, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_refused_store_does_not_lock_the_directory()
    {
        Directory.CreateDirectory(_files.Journal);
        AssertRefused(_files.Path, _files.Journal);
        Directory.Delete(_files.Journal);
        await using SqliteStore store = Open(_files.Path);
    }

    private static void AssertRefused(string directory, params string[] words)
    {
        StoreException refused = Assert.Throws<StoreException>(() => Open(directory));
        Assert.All(words, word => Assert.Contains(word, refused.Message, StringComparison.Ordinal));
    }

    private static SqliteStore Open(string directory) =>
        SqliteStore.Open(new SqliteStoreOptions { Directory = directory }, TimeProvider.System, NullLogger.Instance);

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }
}
