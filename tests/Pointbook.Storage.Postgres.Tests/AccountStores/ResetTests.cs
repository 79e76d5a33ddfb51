using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>A reset empties the tables of its partition and of no other partition.</summary>
public sealed class ResetTests(SharedCluster shared) : IAsyncLifetime
{
    private const int Rows = (2 * AccountStoreReset.PieceRows) + 5;

    private readonly PostgresHost _host = new(shared);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("'a'")]
    [InlineData("'a' || number")]
    [InlineData("CASE WHEN number % 2 = 0 THEN 'a' ELSE 'b' || number END")]
    [InlineData("''")]
    public async Task A_reset_empties_its_partition_whatever_its_account_keys(string account)
    {
        string chunks = $"SELECT {account}, $1, number, '' FROM generate_series(1, {Rows}) AS number";
        const string Insert = "INSERT INTO account_chunk (account, partition, chunk, body) ";
        await _host.Sql.RunAsync(Insert + chunks, 0);
        await _host.Sql.RunAsync(Insert + chunks, 1);
        await _host.Sql.RunAsync("UPDATE account_store_position SET last_sequence = 7, damage = 'Scripted.'");

        await _host.AccountStore.ResetAsync(Token);

        Assert.Equal(AccountStorePosition.Start, await _host.AccountStore.ReadPositionAsync(Token));
        Assert.Equal(0, await CountAsync("account_chunk", partition: 0));
        Assert.Equal(Rows, await CountAsync("account_chunk", partition: 1));
    }

    [Fact]
    public async Task A_reset_deletes_an_account_with_many_rows_in_bounded_parts()
    {
        await _host.Sql.RunAsync(
            $"""
            INSERT INTO account_chunk (account, partition, chunk, body)
            SELECT 'a', 0, CASE WHEN number = 1 THEN -9223372036854775808 ELSE number END, '' FROM generate_series(1, {Rows}) AS number
            """);
        await _host.Sql.RunAsync("CREATE TABLE deletion (rows bigint)");
        await _host.Sql.RunAsync(
            """
            CREATE FUNCTION note_deletion() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO deletion SELECT count(*) FROM gone; RETURN NULL; END $$
            """);
        await _host.Sql.RunAsync(
            "CREATE TRIGGER note AFTER DELETE ON account_chunk REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_deletion()");

        await _host.AccountStore.ResetAsync(Token);

        Assert.Equal(
            [AccountStoreReset.PieceRows, AccountStoreReset.PieceRows, 5],
            await _host.Sql.QueryAsync("SELECT rows FROM deletion ORDER BY rows DESC", row => row.GetInt64(0)));
    }

    [Fact]
    public async Task A_table_is_reset_in_the_order_of_its_whole_primary_key()
    {
        List<(string Table, string Key)> keys = await _host.Sql.QueryAsync(
            """
            SELECT relname::text, string_agg(attname || ' ' || replace(format_type(atttypid, NULL), 'timestamp with time zone', 'timestamptz'), ', ' ORDER BY place)
            FROM pg_constraint
            JOIN pg_class ON pg_class.oid = conrelid
            CROSS JOIN LATERAL unnest(conkey) WITH ORDINALITY AS part (number, place)
            JOIN pg_attribute ON attrelid = conrelid AND attnum = part.number
            WHERE contype = 'p' AND connamespace = 'public'::regnamespace
            GROUP BY relname
            """,
            row => (row.GetString(0), row.GetString(1)));
        foreach (ResetTable table in AccountStoreReset.Tables)
        {
            string key = string.Join(", ", table.Key.Select(column => $"{column.Name} {column.Type}"));
            Assert.Contains((table.Name, $"partition integer, {key}"), keys);
        }
    }

    [Fact]
    public async Task Every_table_with_a_partition_is_reset_or_belongs_to_the_journal_or_the_read_model()
    {
        List<string> tables = await _host.Sql.QueryAsync(
            """
            SELECT relname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attname = 'partition'
            """,
            row => row.GetString(0));
        Assert.Equal(
            tables.Except(["journal_commit", "account_store_position", "read_model", "payer_total", "payer_flow", "payer_stock"]).Order(),
            AccountStoreReset.Tables.Select(table => table.Name).Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1024)]
    public async Task The_database_computes_the_partition_of_an_account(int count)
    {
        await _host.Sql.RunAsync("UPDATE store SET partition_count = $1", count);
        foreach (string account in new[] { "alice", "bob", "x", "anna@example.org", new string('z', AccountId.LengthMax) })
        {
            Assert.Equal(
                PartitionMap.PartitionOf(AccountId.FromTrusted(account), count), await _host.Sql.ScalarAsync<int>("SELECT partition_of($1)", account));
        }
    }

    private Task<long> CountAsync(string table, int partition) =>
        _host.Sql.ScalarAsync<long>($"SELECT count(*) FROM {table} WHERE partition = $1", partition);
}
