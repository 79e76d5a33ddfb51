using Npgsql;
using Pointbook.Access;
using Pointbook.Clusters;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Keys;

/// <summary>If the database fails or its rows were changed by hand, the key store reports an error. It never returns a key with more rights.</summary>
public sealed class KeyFailureTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly ApiKey _key = GivenKey.Active(1);
    private string _database = "";
    private PostgresKeyStore _store = null!;
    private Sql _sql = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await shared.TakeDatabaseAsync();
        _store = await OpenAsync(_database);
        _sql = await Sql.OpenAsync(_database);
    }

    public async ValueTask DisposeAsync()
    {
        await _sql.DisposeAsync();
        await _store.DisposeAsync();
        await shared.ReturnDatabaseAsync(_database);
    }

    [Theory]
    [InlineData("id = 'ABC'")]
    [InlineData("name = 'jwt:somebody'")]
    [InlineData("scopes = 'read everything'")]
    [InlineData("accounts = 'shop/*'")]
    [InlineData("created_at = 'infinity'")]
    [InlineData("expires_at = '-infinity'")]
    public async Task A_key_with_an_invalid_value_cannot_be_read(string change)
    {
        await AddAsync();
        await _sql.RunAsync($"UPDATE api_key SET {change}");
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
        await _sql.RunAsync(change);
        await AssertFailsAsync(async () => await _store.ReadVersionAsync(Token));
        await AssertFailsAsync(async () => await _store.ReadSnapshotAsync(Token));
    }

    [Fact]
    public async Task Without_a_version_keys_cannot_be_changed()
    {
        await AddAsync();
        await _sql.RunAsync("DELETE FROM api_key_version");
        await AssertFailsAsync(async () => await _store.AddAsync(GivenKey.Active(2), 10, Token));
        await AssertFailsAsync(async () => await _store.RevokeAsync(_key.Id, Given.Time, null, Token));
        Assert.Equal([_key], await _store.ListAsync(null, 10, Token));
    }

    [Fact]
    public async Task A_table_that_is_missing_is_a_failure_of_the_store()
    {
        await AddAsync();
        await _sql.RunAsync("DROP TABLE api_key");
        await AssertFailsAsync(async () => await _store.ReadSnapshotAsync(Token));
        await AssertFailsAsync(async () => await _store.FindAsync(_key.Id, Token));
        await AssertFailsAsync(async () => await _store.AddAsync(_key, 10, Token));
        await AssertFailsAsync(async () => await _store.RevokeAsync(_key.Id, Given.Time, null, Token));
    }

    [Fact]
    public async Task A_change_that_the_database_refuses_has_no_effect_and_the_next_one_succeeds()
    {
        await _sql.RunAsync("ALTER TABLE api_key_version ADD CONSTRAINT stands CHECK (version = 0)");
        await AssertFailsAsync(async () => await _store.AddAsync(_key, 10, Token));
        await _sql.RunAsync("ALTER TABLE api_key_version DROP CONSTRAINT stands");
        Assert.Null(await _store.FindAsync(_key.Id, Token));
        await AddAsync();
        Assert.Equal(1, (await _store.ReadVersionAsync(Token)).Changes);
    }

    [Fact]
    public async Task A_change_that_waits_too_long_fails_and_reads_continue()
    {
        await using PostgresKeyStore impatient = await OpenAsync($"{_database};Command Timeout=1");
        await using NpgsqlConnection other = new(_database);
        await other.OpenAsync(Token);
        await using (NpgsqlTransaction transaction = await other.BeginTransactionAsync(Token))
        {
            await using NpgsqlCommand take = new("SELECT version FROM api_key_version FOR UPDATE", other);
            await take.ExecuteNonQueryAsync(Token);
            await AssertFailsAsync(async () => await impatient.AddAsync(_key, 10, Token));
            Assert.Equal(0, (await impatient.ReadSnapshotAsync(Token)).Version.Changes);
        }

        Assert.Equal(KeyAddition.Added, await _store.AddAsync(_key, 10, Token));
    }

    [Fact]
    public async Task A_store_with_broken_connections_opens_new_ones()
    {
        await AddAsync();
        await _sql.DisposeAsync();
        await (await shared.GetAsync()).TerminateBackendsAsync(_database);
        await AssertFailsAsync(async () => await _store.ReadVersionAsync(Token));
        Assert.Equal(1, (await _store.ReadVersionAsync(Token)).Changes);
        _sql = await Sql.OpenAsync(_database);
    }

    [Fact]
    public async Task Restored_keys_with_the_same_number_of_changes_differ_from_the_earlier_ones()
    {
        await AddAsync();
        await _sql.RunAsync("CREATE TABLE backup AS SELECT version, stamp FROM api_key_version");
        Assert.Equal(KeyAddition.Added, await _store.AddAsync(GivenKey.Active(2), 10, Token));
        KeyVersion before = await _store.ReadVersionAsync(Token);

        await _sql.RunAsync($"DELETE FROM api_key WHERE id = '{GivenKey.Id(2)}'");
        await _sql.RunAsync("UPDATE api_key_version SET version = backup.version, stamp = backup.stamp FROM backup");
        Assert.Equal(1, (await _store.ReadVersionAsync(Token)).Changes);
        Assert.Equal(KeyAddition.Added, await _store.AddAsync(GivenKey.Active(3), 10, Token));
        KeyVersion after = await _store.ReadVersionAsync(Token);
        Assert.Equal(before.Changes, after.Changes);
        Assert.NotEqual(before, after);
    }

    [Fact]
    public async Task Concurrent_changes_all_count_whatever_the_default_isolation_of_the_database()
    {
        string name = new NpgsqlConnectionStringBuilder(_database).Database!;
        await _sql.RunAsync($"ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'serializable'");
        try
        {
            await using PostgresKeyStore store = await OpenAsync($"{_database};Timeout=60;Command Timeout=120");
            await Task.WhenAll(Enumerable.Range(1, 20).Select(number => Task.Run(
                async () => Assert.Equal(KeyAddition.Added, await store.AddAsync(GivenKey.Active(number), 20, Token)), Token)));
            Assert.Equal(20, (await store.ReadVersionAsync(Token)).Changes);
        }
        finally
        {
            await _sql.RunAsync($"ALTER DATABASE \"{name}\" RESET default_transaction_isolation");
        }
    }

    private static Task<PostgresKeyStore> OpenAsync(string database) =>
        PostgresKeyStore.OpenAsync(new PostgresStoreOptions { ConnectionStrings = [database] }, Token);

    private static async Task AssertFailsAsync(Func<Task> use)
    {
        KeyStoreException failure = await Assert.ThrowsAsync<KeyStoreException>(use);
        Assert.StartsWith("The API keys could not be ", failure.Message, StringComparison.Ordinal);
    }

    private async Task AddAsync() => Assert.Equal(KeyAddition.Added, await _store.AddAsync(_key, 10, Token));
}
