using System.Runtime.Versioning;
using Pointbook.Access;
using Pointbook.Engine.Hosting;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Keys;

/// <summary>Several processes open the file of keys. If it cannot be opened, the error says why and what to do.</summary>
public sealed class KeyOpeningTests : IDisposable
{
    // This is far more than any machine needs, so that no opening fails because it waited.
    private static readonly TimeSpan BusyTimeout = TimeSpan.FromMinutes(1);

    private readonly TempDirectory _files = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_missing_directory_is_created()
    {
        await using SqliteKeyStore store = Open("one/two");
        Assert.True(File.Exists(_files.File("one/two/pointbook.keys.db")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Many_processes_can_open_a_new_directory_at_once(bool isMissing)
    {
        for (int round = 0; round < 10; round++)
        {
            string directory = $"round{round}";
            if (!isMissing)
            {
                // If the file is missing, its creation delays the openings by different times, and they do not create the schema at the same time.
                Directory.CreateDirectory(_files.File(directory));
                File.WriteAllBytes(_files.File($"{directory}/pointbook.keys.db"), []);
            }

            using Barrier start = new(8);
            Task<SqliteKeyStore>[] openings = [.. Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait(Token);
                    return Open(directory);
                },
                Token,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default))];
            foreach (SqliteKeyStore store in await Task.WhenAll(openings))
            {
                Assert.Equal(0, (await store.ReadVersionAsync(Token)).Changes);
                await store.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task The_keys_can_be_opened_while_a_server_runs()
    {
        await using SqliteHost host = new();
        await host.OpenAsync();
        await using SqliteKeyStore keys = SqliteKeyStore.Open(host.Options);
        await using SqliteKeyStore others = SqliteKeyStore.Open(host.Options);
        Assert.Equal(0, (await others.ReadVersionAsync(Token)).Changes);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Only_the_owner_can_read_a_new_file_and_the_files_that_SQLite_adds()
    {
        await using SqliteKeyStore store = Open("");
        Assert.Equal(KeyAddition.Added, await store.AddAsync(GivenKey.Active(1), 10, Token));
        using Sql change = new(_files.Keys);
        change.Run("BEGIN IMMEDIATE");
        change.Run("UPDATE api_key_version SET version = version + 1");
        string[] files = Directory.GetFiles(_files.Path);
        // The second file is the rollback journal, which undoes the change if it does not complete.
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task The_permissions_of_an_existing_file_are_kept()
    {
        const UnixFileMode Shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        await Open("").DisposeAsync();
        File.SetUnixFileMode(_files.Keys, Shared);
        await using SqliteKeyStore store = Open("");
        Assert.Equal(KeyAddition.Added, await store.AddAsync(GivenKey.Active(1), 10, Token));
        Assert.All(Directory.GetFiles(_files.Path), file => Assert.Equal(Shared, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_file_without_stamps_keeps_its_keys_and_gets_stamps()
    {
        await using (SqliteKeyStore store = Open(""))
        {
            Assert.Equal(KeyAddition.Added, await store.AddAsync(GivenKey.Active(1), 10, Token));
        }

        Sql.Run(_files.Keys, "ALTER TABLE api_key_version DROP COLUMN stamp; DELETE FROM SchemaVersions WHERE ScriptName LIKE '%.0002_stamp.sql'");
        await using SqliteKeyStore upgraded = Open("");
        KeySnapshot snapshot = await upgraded.ReadSnapshotAsync(Token);
        Assert.Equal(GivenKey.Active(1), Assert.Single(snapshot.Keys));
        Assert.Equal(1, snapshot.Version.Changes);
        Assert.NotEqual(Guid.Empty, snapshot.Version.Stamp);
    }

    [Fact]
    public void A_directory_inside_a_file_is_refused()
    {
        File.WriteAllText(_files.File("file"), "");
        AssertRefused("file/data", "can't create", "Use another directory.");
    }

    [Fact]
    public void An_empty_directory_name_is_refused() =>
        Assert.Throws<StoreException>(() => SqliteKeyStore.Open(new SqliteStoreOptions { Directory = " " }));

    [Fact]
    public void A_directory_in_place_of_the_file_is_refused()
    {
        Directory.CreateDirectory(_files.Keys);
        AssertRefused("", _files.Keys);
    }

    [Fact]
    public async Task A_file_that_is_not_a_database_is_refused_and_not_changed()
    {
        byte[] garbage = new byte[9_000];
        new Random(5).NextBytes(garbage);
        await File.WriteAllBytesAsync(_files.Keys, garbage, Token);
        AssertRefused("", _files.Keys);
        Assert.Equal(garbage, await File.ReadAllBytesAsync(_files.Keys, Token));
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_refused()
    {
        await Open("").DisposeAsync();
        Sql.Run(
            _files.Keys,
            "INSERT INTO SchemaVersions (ScriptName, Applied) VALUES ('Pointbook.Storage.Sqlite.Schema.Keys.9999_later.sql', '2030-01-01')");
        AssertRefused("", "newer version of Pointbook", "9999_later.sql", _files.Keys);
    }

    [Fact]
    public async Task A_locked_file_is_refused_after_the_timeout()
    {
        await Open("").DisposeAsync();
        using Sql other = new(_files.Keys);
        other.Run("BEGIN IMMEDIATE");
        StoreException refused = Assert.Throws<StoreException>(
            () => SqliteKeyStore.Open(new SqliteStoreOptions { Directory = _files.Path, BusyTimeout = TimeSpan.FromMilliseconds(10) }));
        Assert.Contains("locked", refused.Message, StringComparison.Ordinal);
    }

    private SqliteKeyStore Open(string directory) =>
        SqliteKeyStore.Open(new SqliteStoreOptions { Directory = _files.File(directory), BusyTimeout = BusyTimeout });

    private void AssertRefused(string directory, params string[] words)
    {
        StoreException refused = Assert.Throws<StoreException>(() => Open(directory));
        Assert.All(words, word => Assert.Contains(word, refused.Message, StringComparison.Ordinal));
    }
}
