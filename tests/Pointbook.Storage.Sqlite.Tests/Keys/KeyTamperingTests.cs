using Pointbook.Access;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Keys;

/// <summary>If keys were changed by hand, the key store reports an error. It never returns a key with more rights.</summary>
public sealed class KeyTamperingTests : IAsyncDisposable
{
    private readonly TempDirectory _files = new();
    private readonly SqliteKeyStore _store;
    private readonly ApiKey _key = new(
        KeyId.FromTrusted("0123456789abcdef"), KeyName.FromTrusted("till"), Given.Hash(1), Scopes.Read, AccountLimits.None, Given.Time, null);

    public KeyTamperingTests() => _store = SqliteKeyStore.Open(new SqliteStoreOptions { Directory = _files.Path });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _files.Dispose();
    }

    [Theory]
    [InlineData("id = 'ABC'")]
    [InlineData("name = 'jwt:somebody'")]
    [InlineData("scopes = 'read everything'")]
    [InlineData("accounts = 'shop/*'")]
    [InlineData("created_at = 9000000000000000000")]
    [InlineData("expires_at = -9000000000000000000")]
    public async Task A_key_with_an_invalid_value_cannot_be_read(string change)
    {
        await AddAsync();
        Sql.Run(_files.Keys, $"UPDATE api_key SET {change}");
        await AssertFailsAsync(async () => await _store.ReadSnapshotAsync(Token));
        await AssertFailsAsync(async () => await _store.ListAsync(null, 10, Token));
        Assert.Equal(1, (await _store.ReadVersionAsync(Token)).Changes);
    }

    [Theory]
    [InlineData("UPDATE api_key_version SET version = 0")]
    [InlineData("DELETE FROM api_key_version")]
    public async Task Keys_without_a_version_are_an_error_not_an_empty_store(string change)
    {
        await AddAsync();
        Sql.Run(_files.Keys, change);
        await AssertFailsAsync(async () => await _store.ReadVersionAsync(Token));
        await AssertFailsAsync(async () => await _store.ReadSnapshotAsync(Token));
    }

    [Fact]
    public async Task A_table_that_is_missing_is_a_failure_of_the_store()
    {
        await AddAsync();
        Sql.Run(_files.Keys, "DROP TABLE api_key");
        await AssertFailsAsync(async () => await _store.ReadSnapshotAsync(Token));
        await AssertFailsAsync(async () => await _store.FindAsync(_key.Id, Token));
        await AssertFailsAsync(async () => await _store.AddAsync(_key, 10, Token));
        await AssertFailsAsync(async () => await _store.RevokeAsync(_key.Id, Given.Time, null, Token));
    }

    [Fact]
    public async Task A_failed_change_has_no_effect_and_the_next_one_succeeds()
    {
        Sql.Run(_files.Keys, "CREATE TRIGGER fails BEFORE UPDATE ON api_key_version BEGIN SELECT RAISE(ABORT, 'no'); END");
        await AssertFailsAsync(async () => await _store.AddAsync(_key, 10, Token));
        Sql.Run(_files.Keys, "DROP TRIGGER fails");
        Assert.Null(await _store.FindAsync(_key.Id, Token));
        await AddAsync();
        Assert.Equal(1, (await _store.ReadVersionAsync(Token)).Changes);
    }

    [Fact]
    public async Task A_change_that_another_program_blocks_fails_and_reads_continue()
    {
        await using SqliteKeyStore impatient = SqliteKeyStore.Open(
            new SqliteStoreOptions { Directory = _files.Path, BusyTimeout = TimeSpan.FromMilliseconds(10) });
        using (Sql other = new(_files.Keys))
        {
            other.Run("BEGIN IMMEDIATE");
            await AssertFailsAsync(async () => await impatient.AddAsync(_key, 10, Token));
            Assert.Equal(0, (await impatient.ReadSnapshotAsync(Token)).Version.Changes);
        }

        Assert.Equal(KeyAddition.Added, await impatient.AddAsync(_key, 10, Token));
    }

    private static async Task AssertFailsAsync(Func<Task> use)
    {
        KeyStoreException failure = await Assert.ThrowsAsync<KeyStoreException>(use);
        Assert.StartsWith("The API keys could not be ", failure.Message, StringComparison.Ordinal);
    }

    private async Task AddAsync() => Assert.Equal(KeyAddition.Added, await _store.AddAsync(_key, 10, Token));
}
