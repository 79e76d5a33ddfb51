using Npgsql;
using Pointbook.Clusters;

namespace Pointbook.Storage.Postgres.Tests.Clusters;

public sealed class PostgresClusterTests(SharedCluster shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_clusters_run_side_by_side_without_mixing_up()
    {
        await using PostgresCluster one = await PostgresCluster.CreateAsync();
        await using PostgresCluster two = await PostgresCluster.CreateAsync();
        Assert.NotEqual(one.Port, two.Port);
        Assert.NotEqual(one.DirectoryPath, two.DirectoryPath);

        string database = await one.CreateDatabaseAsync();
        await PostgresCluster.ExecuteAsync(database, "CREATE TABLE here ()");
        string elsewhere = new NpgsqlConnectionStringBuilder(database) { Port = two.Port }.ToString();
        PostgresException refused = await Assert.ThrowsAsync<PostgresException>(() => ReadAsync<int>(elsewhere, "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    [Fact]
    public async Task A_cluster_is_durable_and_accepts_settings()
    {
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync(KeyValuePair.Create("max_connections", "17"));
        Assert.Equal("on", await ReadAsync<string>(cluster.AdminConnectionString, "SHOW fsync"));
        Assert.Equal("on", await ReadAsync<string>(cluster.AdminConnectionString, "SHOW synchronous_commit"));
        Assert.Equal("UTF8", await ReadAsync<string>(cluster.AdminConnectionString, "SHOW server_encoding"));
        Assert.Equal("17", await ReadAsync<string>(cluster.AdminConnectionString, "SHOW max_connections"));
    }

    [Fact]
    public async Task The_error_of_a_wrong_setting_contains_the_message_of_the_server()
    {
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(
            () => PostgresCluster.CreateAsync(KeyValuePair.Create("no_such_setting", "1")));
        Assert.Contains("no_such_setting", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_any_kind_of_stop_a_cluster_restarts_with_its_data_on_the_same_port()
    {
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync();
        string database = await cluster.CreateDatabaseAsync();
        await PostgresCluster.ExecuteAsync(database, "CREATE TABLE kept (mode text)");
        foreach (StopMode mode in Enum.GetValues<StopMode>())
        {
            await PostgresCluster.ExecuteAsync(database, $"INSERT INTO kept VALUES ('{mode}')");
            await cluster.StopAsync(mode);
            await Assert.ThrowsAsync<NpgsqlException>(() => ReadAsync<int>(database, "SELECT 1"));
            await cluster.StartAsync();
            Assert.Equal($"{mode}", await ReadAsync<string>(database, "SELECT mode FROM kept OFFSET " + (int)mode));
        }
    }

    [Fact]
    public async Task A_suspended_cluster_answers_nothing_until_it_is_resumed()
    {
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync();
        await using NpgsqlConnection connection = new(cluster.AdminConnectionString + ";Pooling=false");
        await connection.OpenAsync(Token);
        await using NpgsqlCommand command = new("SELECT 7", connection);

        cluster.Suspend();
        Task<object?> answer = command.ExecuteScalarAsync(Token);
        await Assert.ThrowsAsync<NpgsqlException>(() => ReadAsync<int>(cluster.AdminConnectionString + ";Timeout=1", "SELECT 1"));
        Assert.False(answer.IsCompleted);
        cluster.Resume();
        Assert.Equal(7, await answer);
    }

    [Fact]
    public async Task Terminating_the_backends_of_a_database_ends_its_connections_only()
    {
        PostgresCluster cluster = await shared.GetAsync();
        string one = await cluster.CreateDatabaseAsync();
        string two = await cluster.CreateDatabaseAsync();
        await using NpgsqlConnection ended = new(one);
        await using NpgsqlConnection kept = new(two);
        await ended.OpenAsync(Token);
        await kept.OpenAsync(Token);

        await cluster.TerminateBackendsAsync(one);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ReadAsync<int>(ended, "SELECT 1"));
        Assert.Equal(1, await ReadAsync<int>(kept, "SELECT 1"));
    }

    [Fact]
    public async Task A_database_can_be_dropped_while_it_is_in_use()
    {
        PostgresCluster cluster = await shared.GetAsync();
        string database = await cluster.CreateDatabaseAsync();
        await using NpgsqlConnection connection = new(database);
        await connection.OpenAsync(Token);
        await cluster.DropDatabaseAsync(database);
        PostgresException gone = await Assert.ThrowsAsync<PostgresException>(() => ReadAsync<int>(database + ";Pooling=false", "SELECT 1"));
        Assert.Equal(PostgresErrorCodes.InvalidCatalogName, gone.SqlState);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_disposed_cluster_leaves_nothing_behind(bool isSuspended)
    {
        PostgresCluster cluster = await PostgresCluster.CreateAsync();
        Assert.NotEmpty(ProcessesIn(cluster.DirectoryPath));
        if (isSuspended)
        {
            cluster.Suspend();
        }

        await cluster.DisposeAsync();
        Assert.False(Directory.Exists(cluster.DirectoryPath));
        Assert.Empty(ProcessesIn(cluster.DirectoryPath));
    }

    private static async Task<T> ReadAsync<T>(string connectionString, string sql)
    {
        await using NpgsqlConnection connection = new(connectionString + ";Pooling=false");
        await connection.OpenAsync(Token);
        return await ReadAsync<T>(connection, sql);
    }

    private static async Task<T> ReadAsync<T>(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new(sql, connection);
        return (T)(await command.ExecuteScalarAsync(Token))!;
    }

    /// <summary>The processes whose command line contains the path of the directory.</summary>
    private static List<string> ProcessesIn(string directory) =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)).Where(path =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(path, "cmdline")).Contains(directory, StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        }),
    ];
}
