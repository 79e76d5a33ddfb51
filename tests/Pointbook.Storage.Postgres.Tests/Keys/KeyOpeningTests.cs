using System.Reflection;
using DbUp;
using DbUp.Engine.Output;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pointbook.Access;
using Pointbook.Clusters;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Keys;

/// <summary>The keys are in one database of a store, whichever process opens them and whatever the order of the databases.</summary>
public sealed class KeyOpeningTests(SharedCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Opening_the_keys_of_an_empty_database_creates_no_store()
    {
        string database = await CreateDatabaseAsync();
        await using (PostgresKeyStore keys = await OpenAsync(database))
        {
            Assert.Equal(KeyAddition.Added, await keys.AddAsync(GivenKey.Active(1), 10, Token));
            Assert.Contains($"{new NpgsqlConnectionStringBuilder(database).Database} at ", keys.DatabaseName, StringComparison.Ordinal);
        }

        await using Sql sql = await Sql.OpenAsync(database);
        Assert.Equal(0, await sql.ScalarAsync<long>("SELECT count(*) FROM store"));
        await using (PostgresStore store = await OpenStoreAsync([database], partitions: 7))
        {
            Assert.Equal(7, store.Partitions.Count);
        }

        Assert.Equal(1, await ReadVersionAsync(database));
    }

    [Fact]
    public async Task Looking_for_keys_creates_no_table()
    {
        string database = await CreateDatabaseAsync();
        PostgresStoreOptions options = new() { ConnectionStrings = [database] };
        Assert.Null(await PostgresKeyStore.OpenIfThereAsync(options, Token));
        await using (Sql sql = await Sql.OpenAsync(database))
        {
            Assert.Equal(0, await sql.ScalarAsync<long>("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"));
        }

        await AddKeyAsync(database);
        await using (PostgresKeyStore? keys = await PostgresKeyStore.OpenIfThereAsync(options, Token))
        {
            Assert.Equal(1, (await keys!.ReadVersionAsync(Token)).Changes);
            Assert.False(keys.HasLedger);
        }

        await (await OpenStoreAsync([database], partitions: 1)).DisposeAsync();
        await using PostgresKeyStore? ofStore = await PostgresKeyStore.OpenIfThereAsync(options, Token);
        Assert.True(ofStore!.HasLedger);
    }

    [Fact]
    public async Task The_keys_of_a_store_do_not_depend_on_the_order_of_its_databases()
    {
        string[] databases = [await CreateDatabaseAsync(), await CreateDatabaseAsync()];
        await (await OpenStoreAsync(databases, partitions: 2)).DisposeAsync();
        await AddKeyAsync(databases[1], databases[0]);
        Assert.Equal(1, await ReadVersionAsync(databases));
        Assert.Equal(1, await ReadVersionAsync(databases[0]));
    }

    [Fact]
    public async Task Keys_created_before_the_store_belong_to_the_store()
    {
        string[] databases = [await CreateDatabaseAsync(), await CreateDatabaseAsync()];
        await AddKeyAsync(databases);
        Assert.Equal(1, await ReadVersionAsync(databases[1], databases[0]));
        await (await OpenStoreAsync([databases[1], databases[0]], partitions: 2)).DisposeAsync();
        Assert.Equal(1, await ReadVersionAsync(databases));
        Assert.Equal(1, await ReadVersionAsync(databases[1], databases[0]));
    }

    [Fact]
    public async Task Keys_are_not_looked_for_in_other_databases()
    {
        string[] databases = [await CreateDatabaseAsync(), await CreateDatabaseAsync()];
        await (await OpenStoreAsync(databases, partitions: 2)).DisposeAsync();
        StoreException refused = await Assert.ThrowsAsync<StoreException>(() => OpenAsync(databases[1]));
        Assert.Contains("Name exactly the databases with which the store was created", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_processes_can_open_the_keys_of_an_empty_database_while_another_opens_the_store()
    {
        string database = await CreateDatabaseAsync();
        Task<PostgresStore> store = Task.Run(() => OpenStoreAsync([database], partitions: 1), Token);
        PostgresKeyStore[] stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => OpenAsync(database), Token)));
        foreach (PostgresKeyStore keys in stores)
        {
            Assert.Equal(0, (await keys.ReadVersionAsync(Token)).Changes);
            await keys.DisposeAsync();
        }

        await (await store).DisposeAsync();
    }

    [Fact]
    public async Task A_database_from_before_API_keys_gets_their_table_and_keeps_its_journal()
    {
        string database = await CreateDatabaseAsync();
        CommitChain chain = new(TimeProvider.System);
        await CreateSecondVersionAsync(database, chain.AddCredits(1, 2, 3));
        Assert.Equal(0, await ReadVersionAsync(database));
        await AddKeyAsync(database);

        await using PostgresStore store = await OpenStoreAsync([database], partitions: null);
        StoreAssert.Equal(chain.Commits, await StoreAssert.ReadAllAsync(Assert.Single(store.Partitions).Journal));
        Assert.Equal(1, await ReadVersionAsync(database));
    }

    [Fact]
    public async Task A_store_from_before_API_keys_is_upgraded_when_it_is_opened()
    {
        string database = await CreateDatabaseAsync();
        CommitChain chain = new(TimeProvider.System);
        await CreateSecondVersionAsync(database, chain.AddCredits(1, 2, 3));
        await using PostgresStore store = await OpenStoreAsync([database], partitions: null);
        StoreAssert.Equal(chain.Commits, await StoreAssert.ReadAllAsync(Assert.Single(store.Partitions).Journal));
        Assert.Equal(0, await ReadVersionAsync(database));
    }

    [Theory]
    [InlineData("Password", "s3cret")]
    [InlineData("Database", "absent")]
    [InlineData("Port", "1")]
    public async Task The_error_of_an_unusable_database_does_not_contain_the_password(string keyword, string value)
    {
        string database = new NpgsqlConnectionStringBuilder((await shared.GetAsync()).AdminConnectionString) { [keyword] = value }.ConnectionString;
        StoreException refused = await Assert.ThrowsAsync<StoreException>(() => OpenAsync(database));
        Assert.Contains("can't use the database", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(new NpgsqlConnectionStringBuilder(database).Password!, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_list_of_databases_is_refused() =>
        Assert.StartsWith("A store on PostgreSQL needs a connection string", (await Assert.ThrowsAsync<StoreException>(() => OpenAsync())).Message, StringComparison.Ordinal);

    private static async Task CreateSecondVersionAsync(string database, Commit commit)
    {
        Assert.True(DeployChanges.To
            .PostgresqlDatabase($"{database};Pooling=false")
            .WithScriptsEmbeddedInAssembly(
                Assembly.GetAssembly(typeof(PostgresStore))!,
                name => name.EndsWith(".0001_store.sql", StringComparison.Ordinal) || name.EndsWith(".0002_ledger_api.sql", StringComparison.Ordinal))
            .WithVariablesDisabled()
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade()
            .Successful);
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(database);
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(Token);
        await new StoreRow(Guid.NewGuid(), 1, 1, 0, StoreState.Ready).WriteAsync(connection, Token);
        Assert.Equal(AppendResult.Appended, await new PostgresJournal(source, 0, new PostgresStoreOptions()).AppendAsync(commit, Token));
    }

    private static Task<PostgresStore> OpenStoreAsync(string[] databases, int? partitions) => PostgresStore.OpenAsync(
        new PostgresStoreOptions { ConnectionStrings = databases, Partitions = partitions }, NullLogger.Instance, Token);

    private static Task<PostgresKeyStore> OpenAsync(params string[] databases) =>
        PostgresKeyStore.OpenAsync(new PostgresStoreOptions { ConnectionStrings = databases }, Token);

    private static async Task AddKeyAsync(params string[] databases)
    {
        await using PostgresKeyStore keys = await OpenAsync(databases);
        Assert.Equal(KeyAddition.Added, await keys.AddAsync(GivenKey.Active(1), 10, Token));
    }

    private static async Task<long> ReadVersionAsync(params string[] databases)
    {
        await using PostgresKeyStore keys = await OpenAsync(databases);
        return (await keys.ReadVersionAsync(Token)).Changes;
    }

    private async Task<string> CreateDatabaseAsync() => await (await shared.GetAsync()).CreateDatabaseAsync();
}
