using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Clusters;
using Pointbook.Engine.Analytics;
using Pointbook.Storage.Postgres.Analytics;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Analytics;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Contract;

/// <summary>Analytics tables in a PostgreSQL database fulfil the contract.</summary>
public sealed class PostgresAnalyticsTests(SharedCluster cluster) : AnalyticsContract
{
    protected override int Samples => 15;

    protected override async Task<AnalyticsPlace> CreatePlaceAsync()
    {
        string database = await cluster.TakeDatabaseAsync();
        return new SchemaPlace(cluster, database, await Sql.OpenAsync(database));
    }

    protected override StoreHost CreateHost() => new PostgresHost(cluster);

    private sealed class SchemaPlace(SharedCluster cluster, string database, Sql sql) : AnalyticsPlace
    {
        private const string InSchema = "CREATE SCHEMA IF NOT EXISTS analytics; SET search_path = analytics; ";

        public override IAnalyticsStore Create() => PostgresAnalytics.Create(database, NullLogger.Instance);

        public override async ValueTask RunAsync(string statement) => await sql.RunAsync(InSchema + statement);

        public override async ValueTask<IReadOnlyList<string?[]>> QueryAsync(string query) => await sql.QueryAsync(
            "SET search_path = analytics; " + query,
            static row => Enumerable.Range(0, row.FieldCount)
                .Select(column => row.IsDBNull(column) ? null : Convert.ToString(row.GetValue(column), System.Globalization.CultureInfo.InvariantCulture))
                .ToArray());

        public override string TimeSql(string column) => $"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')""";

        public override byte[]? ReadBytes() => null;

        public override async ValueTask DisposeAsync()
        {
            await sql.DisposeAsync();
            await cluster.ReturnDatabaseAsync(database);
        }
    }
}
