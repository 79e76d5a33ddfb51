using Pointbook.Access;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Keys;

/// <summary>
/// The key store always reads the file that other processes find under its name. So it never accepts a key that others
/// cannot see or revoke.
/// </summary>
public sealed class KeyReplacementTests : IAsyncDisposable
{
    private readonly TempDirectory _files = new();
    private readonly TempDirectory _others = new();
    private readonly SqliteKeyStore _store;

    public KeyReplacementTests() => _store = Open(_files.Path);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _files.Dispose();
        _others.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_the_file_is_missing_every_call_fails_and_no_new_file_is_created(bool comesBack)
    {
        await AddAsync(_store, 1);
        File.Move(_files.Keys, _files.Keys + ".away");
        await AssertFailsAsync(async () => await _store.ReadVersionAsync(Token));
        await AssertFailsAsync(async () => await _store.ReadSnapshotAsync(Token));
        await AssertFailsAsync(async () => await _store.FindAsync(GivenKey.Id(1), Token));
        await AssertFailsAsync(async () => await _store.ListAsync(null, 10, Token));
        await AssertFailsAsync(async () => await _store.AddAsync(GivenKey.Active(3), 10, Token));
        await AssertFailsAsync(async () => await _store.RevokeAsync(GivenKey.Id(1), Given.Time, null, Token));
        Assert.False(File.Exists(_files.Keys));
        if (comesBack)
        {
            File.Move(_files.Keys + ".away", _files.Keys);
            Assert.Equal(GivenKey.Active(1), Assert.Single((await _store.ReadSnapshotAsync(Token)).Keys));
        }
    }

    [Theory]
    [InlineData("replaced")]
    [InlineData("overwritten")]
    [InlineData("linked to another")]
    public async Task A_replaced_file_counts_at_once_even_if_it_has_the_same_number_of_changes(string how)
    {
        string place = Path.Combine(_others.Path, "current");
        Directory.CreateSymbolicLink(place, _files.Path);
        await using SqliteKeyStore store = Open(place);
        await AddAsync(store, 1);
        using TempDirectory restored = new();
        await using (SqliteKeyStore other = Open(restored.Path))
        {
            await AddAsync(other, 2);
        }

        KeyVersion before = await store.ReadVersionAsync(Token);
        Assert.Equal(GivenKey.Active(1), Assert.Single((await store.ReadSnapshotAsync(Token)).Keys));
        switch (how)
        {
            case "replaced":
                File.Move(restored.Keys, _files.Keys, overwrite: true);
                break;
            case "overwritten":
                await File.WriteAllBytesAsync(_files.Keys, await File.ReadAllBytesAsync(restored.Keys, Token), Token);
                break;
            default:
                Directory.Delete(place);
                Directory.CreateSymbolicLink(place, restored.Path);
                break;
        }

        KeyVersion after = await store.ReadVersionAsync(Token);
        Assert.Equal(before.Changes, after.Changes);
        Assert.NotEqual(before, after);
        Assert.Equal(GivenKey.Active(2), Assert.Single((await store.ReadSnapshotAsync(Token)).Keys));
    }

    [Fact]
    public async Task The_file_alone_contains_all_keys()
    {
        await AddAsync(_store, 1);
        await _store.RevokeAsync(GivenKey.Id(1), Given.Time, null, Token);
        Assert.Equal([_files.Keys], Directory.GetFiles(_files.Path, "pointbook.keys*"));
        File.Copy(_files.Keys, _others.Keys);
        await using SqliteKeyStore copy = Open(_others.Path);
        Assert.Equal(Given.Time, (await copy.FindAsync(GivenKey.Id(1), Token))!.RevokedAt);
    }

    private static SqliteKeyStore Open(string directory) => SqliteKeyStore.Open(new SqliteStoreOptions { Directory = directory });

    private static async Task AddAsync(SqliteKeyStore store, long number) =>
        Assert.Equal(KeyAddition.Added, await store.AddAsync(GivenKey.Active(number), 10, Token));

    private static async Task AssertFailsAsync(Func<Task> use) => await Assert.ThrowsAsync<KeyStoreException>(use);
}
