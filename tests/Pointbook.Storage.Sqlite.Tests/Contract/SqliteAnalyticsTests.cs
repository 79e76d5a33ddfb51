using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.Analytics;
using Pointbook.Storage.Sqlite.Analytics;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Analytics;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Contract;

/// <summary>Analytics tables in a SQLite file fulfil the contract.</summary>
public sealed class SqliteAnalyticsTests : AnalyticsContract
{
    protected override Task<AnalyticsPlace> CreatePlaceAsync() => Task.FromResult<AnalyticsPlace>(new FilePlace());

    protected override StoreHost CreateHost() => new SqliteHost();

    private sealed class FilePlace : AnalyticsPlace
    {
        private readonly TempDirectory _files = new();

        private string File => Path.Combine(_files.Path, SqliteAnalytics.DefaultFile);

        public override IAnalyticsStore Create() => SqliteAnalytics.Create(
            new SqliteStoreOptions { Directory = _files.Path, BusyTimeout = TimeSpan.FromSeconds(30) }, SqliteAnalytics.DefaultFile, NullLogger.Instance);

        public override ValueTask RunAsync(string sql)
        {
            Sql.Run(File, sql);
            return ValueTask.CompletedTask;
        }

        public override ValueTask<IReadOnlyList<string?[]>> QueryAsync(string sql)
        {
            using Sql connection = new(File);
            return new(connection.Query(
                sql, static row => Enumerable.Range(0, row.FieldCount).Select(column => row.IsDBNull(column) ? null : row.GetString(column)).ToArray()));
        }

        public override string TimeSql(string column) => column;

        public override byte[] ReadBytes() =>
            [.. Directory.GetFiles(_files.Path, SqliteAnalytics.DefaultFile + "*").Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)).SelectMany(System.IO.File.ReadAllBytes)];

        public override ValueTask DisposeAsync()
        {
            _files.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
