using System.Diagnostics;
using Pointbook.Access;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Keys;

/// <summary>A file of keys that is taken away or replaced while it is open is noticed: nobody is let in by what others cannot see or revoke.</summary>
public sealed class KeyReplacementTests : IAsyncDisposable
{
    private readonly TempDirectory _files = new();
    private readonly TempDirectory _others = new();
    private readonly SqliteKeyStore _store;

    public KeyReplacementTests() => _store = Open(_files);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _files.Dispose();
        _others.Dispose();
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("moved away")]
    [InlineData("replaced")]
    public async Task Once_the_file_is_gone_nothing_is_answered_from_what_is_left_open(string what)
    {
        await AddAsync(_store, 1);
        Assert.Equal(1, (await _store.ReadVersionAsync(Token)).Changes);
        switch (what)
        {
            case "removed":
                File.Delete(_files.Keys);
                break;
            case "moved away":
                File.Move(_files.Keys, _files.Keys + ".away");
                break;
            default:
                await MakeOtherAsync(1);
                File.Move(_others.Keys, _files.Keys, overwrite: true);
                break;
        }

        await AssertAllFailsAsync();
    }

    [Fact]
    public async Task A_file_that_comes_back_is_not_believed_before_it_is_opened_anew()
    {
        await AddAsync(_store, 1);
        File.Move(_files.Keys, _files.Keys + ".away");
        await AssertAllFailsAsync();
        File.Move(_files.Keys + ".away", _files.Keys);
        await AssertAllFailsAsync();
        await using SqliteKeyStore again = Open(_files);
        Assert.Equal(GivenKey.Standing(1), Assert.Single((await again.ReadSnapshotAsync(Token)).Keys));
    }

    [Fact]
    public async Task A_change_that_finds_the_file_gone_makes_no_file_in_its_place()
    {
        File.Delete(_files.Keys);
        await AssertFailsAsync(async () => await _store.AddAsync(GivenKey.Standing(1), 10, Token));
        Assert.False(File.Exists(_files.Keys));
    }

    [Fact]
    public async Task A_file_that_is_overwritten_in_its_place_is_read_at_once_though_it_has_had_as_many_changes()
    {
        await AddAsync(_store, 1);
        Sql.Run(_files.Keys, "PRAGMA wal_checkpoint(TRUNCATE)");
        await MakeOtherAsync(2);
        // From here on the pages are known, and nothing but the file itself changes.
        KeyVersion before = await _store.ReadVersionAsync(Token);
        Assert.Equal(GivenKey.Standing(1), Assert.Single((await _store.ReadSnapshotAsync(Token)).Keys));
        using (Process copy = Process.Start("cp", [_others.Keys, _files.Keys]))
        {
            await copy.WaitForExitAsync(Token);
            Assert.Equal(0, copy.ExitCode);
        }

        KeyVersion after = await _store.ReadVersionAsync(Token);
        Assert.Equal(before.Changes, after.Changes);
        Assert.NotEqual(before, after);
        Assert.Equal(GivenKey.Standing(2), Assert.Single((await _store.ReadSnapshotAsync(Token)).Keys));
    }

    private static SqliteKeyStore Open(TempDirectory files) => SqliteKeyStore.Open(new SqliteStoreOptions { Directory = files.Path });

    private static async Task AddAsync(SqliteKeyStore store, long number) =>
        Assert.Equal(KeyAddition.Added, await store.AddAsync(GivenKey.Standing(number), 10, Token));

    private static async Task AssertFailsAsync(Func<Task> use)
    {
        KeyStoreException failure = await Assert.ThrowsAsync<KeyStoreException>(use);
        Assert.Contains("pointbook.keys.db was moved, removed or replaced while it was open; stop the server, ", failure.Message, StringComparison.Ordinal);
    }

    private async Task MakeOtherAsync(long number)
    {
        await using SqliteKeyStore other = Open(_others);
        await AddAsync(other, number);
    }

    private async Task AssertAllFailsAsync()
    {
        await AssertFailsAsync(async () => await _store.ReadVersionAsync(Token));
        await AssertFailsAsync(async () => await _store.ReadSnapshotAsync(Token));
        await AssertFailsAsync(async () => await _store.FindAsync(GivenKey.Id(1), Token));
        await AssertFailsAsync(async () => await _store.ListAsync(null, 10, Token));
        await AssertFailsAsync(async () => await _store.AddAsync(GivenKey.Standing(3), 10, Token));
        await AssertFailsAsync(async () => await _store.RevokeAsync(GivenKey.Id(1), Given.Time, null, Token));
    }
}
