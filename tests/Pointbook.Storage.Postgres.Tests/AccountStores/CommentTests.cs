using Pointbook.Clusters;
using Pointbook.Storage.Postgres.Tests.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>A user of psql can read what each table is for.</summary>
public sealed class CommentTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);

    public ValueTask InitializeAsync() => _host.OpenAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Every_table_and_every_view_has_a_comment() => Assert.Empty(
        await _host.Sql.QueryAsync(
            """
            SELECT relname::text
            FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') AND obj_description(oid) IS NULL
            AND relname NOT IN ('schemaversions', 'test_clock')
            """,
            row => row.GetString(0)));
}
