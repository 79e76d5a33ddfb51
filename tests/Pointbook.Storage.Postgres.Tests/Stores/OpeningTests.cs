using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pointbook.Clusters;
using Pointbook.Engine.Hosting;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Stores;

/// <summary>Opens real databases. A refusal is one sentence that contains no secret.</summary>
public sealed class OpeningTests(SharedCluster shared)
{
    [Fact]
    public async Task Partitions_are_distributed_over_the_databases_and_found_in_any_order()
    {
        PostgresCluster cluster = await shared.GetAsync();
        string[] databases = [await cluster.CreateDatabaseAsync(), await cluster.CreateDatabaseAsync()];
        await using (PostgresStore store = await OpenAsync(databases, 5))
        {
            Assert.Equal(Enumerable.Range(0, 5), store.Partitions.Select(partition => partition.Journal.Partition));
            foreach (StoredPartition partition in store.Partitions)
            {
                CommitChain chain = new(TimeProvider.System, partition.Journal.Partition);
                await partition.Journal.AppendAsync(chain.AddCredits(1 + partition.Journal.Partition), CancellationToken.None);
            }
        }

        await using (PostgresStore store = await OpenAsync([databases[1], databases[0]], null))
        {
            Assert.Equal(5, store.Partitions.Count);
            foreach (StoredPartition partition in store.Partitions)
            {
                Assert.Equal(new Sequence(1), (await partition.Journal.ReadHeadAsync(CancellationToken.None)).Last);
            }
        }

        Assert.Equal([0, 2, 4], await ReadPartitionsAsync(databases[0]));
        Assert.Equal([1, 3], await ReadPartitionsAsync(databases[1]));
    }

    [Fact]
    public async Task Many_processes_that_open_an_empty_database_at_once_create_one_store()
    {
        PostgresCluster cluster = await shared.GetAsync();
        string[] databases = [await cluster.CreateDatabaseAsync(), await cluster.CreateDatabaseAsync()];
        PostgresStore[] stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(number =>
            Task.Run(() => OpenAsync(number % 2 == 0 ? databases : [databases[1], databases[0]], 4))));
        Assert.All(stores, store => Assert.Equal(4, store.Partitions.Count));
        foreach (PostgresStore store in stores)
        {
            await store.DisposeAsync();
        }

        foreach (string database in databases)
        {
            await using Sql sql = await Sql.OpenAsync(database);
            Assert.Equal(1, await sql.ScalarAsync<long>("SELECT count(*) FROM store WHERE state = 'ready'"));
        }
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused()
    {
        string database = await (await shared.GetAsync()).CreateDatabaseAsync();
        await (await OpenAsync([database], 1)).DisposeAsync();
        await PostgresCluster.ExecuteAsync(
            database, "INSERT INTO schemaversions (scriptname, applied) VALUES ('Pointbook.Storage.Postgres.Schema.9999_later.sql', now())");
        Assert.Contains("was written by a newer version of Pointbook", await ReadRefusalAsync(database), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_in_another_encoding_is_refused()
    {
        PostgresCluster cluster = await shared.GetAsync();
        await PostgresCluster.ExecuteAsync(
            cluster.AdminConnectionString, "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        Assert.Contains("has the encoding LATIN1", await ReadRefusalAsync(Change(cluster.AdminConnectionString, "Database", "latin")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Password", "s3cret")]
    [InlineData("Username", "nobody")]
    [InlineData("Database", "absent")]
    [InlineData("Port", "1")]
    [InlineData("Host", "host.invalid")]
    public async Task The_error_of_an_unusable_database_does_not_contain_the_password(string keyword, string value)
    {
        string database = Change((await shared.GetAsync()).AdminConnectionString, keyword, value);
        string refusal = await ReadRefusalAsync(database);
        Assert.Contains("can't use the database", refusal, StringComparison.Ordinal);
        Assert.DoesNotContain(new NpgsqlConnectionStringBuilder(database).Password!, refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://user:s3cret@localhost/points", "is not a valid connection string")]
    [InlineData("Host=localhost;Passwrd=s3cret;Database=points", "is not a valid connection string")]
    [InlineData("Host=localhost;Port=many;Database=points;Password=s3cret", "is not a valid connection string")]
    [InlineData("Database=points;Password=s3cret", "names no host")]
    [InlineData("Host=localhost;Password=s3cret", "no database")]
    public async Task The_error_of_an_incomplete_connection_string_names_it(string text, string expected)
    {
        string refusal = await ReadRefusalAsync(text);
        Assert.Contains("Connection string 0", refusal, StringComparison.Ordinal);
        Assert.Contains(expected, refusal, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_without_the_right_to_create_tables_gets_an_error_that_says_so()
    {
        PostgresCluster cluster = await shared.GetAsync();
        string database = await cluster.CreateDatabaseAsync();
        await PostgresCluster.ExecuteAsync(cluster.AdminConnectionString, "CREATE ROLE guest LOGIN PASSWORD 'guest'");
        string refusal = await ReadRefusalAsync(Change(Change(database, "Username", "guest"), "Password", "guest"));
        Assert.Contains("permission denied for schema public", refusal, StringComparison.Ordinal);
    }

    private static Task<PostgresStore> OpenAsync(string[] databases, int? partitions) => PostgresStore.OpenAsync(
        new PostgresStoreOptions { ConnectionStrings = databases, Partitions = partitions }, NullLogger.Instance, CancellationToken.None);

    private static async Task<string> ReadRefusalAsync(string database) =>
        (await Assert.ThrowsAsync<StoreException>(() => OpenAsync([database], null))).Message;

    private static string Change(string connectionString, string keyword, string value) =>
        new NpgsqlConnectionStringBuilder(connectionString) { [keyword] = value }.ConnectionString;

    private static async Task<List<int>> ReadPartitionsAsync(string database)
    {
        await using Sql sql = await Sql.OpenAsync(database);
        return await sql.QueryAsync("SELECT DISTINCT partition FROM journal_commit ORDER BY partition", row => row.GetInt32(0));
    }
}
