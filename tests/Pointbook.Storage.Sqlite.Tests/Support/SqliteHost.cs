using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>A SQLite store in a directory of its own.</summary>
internal sealed class SqliteHost : StoreHost
{
    private readonly ProjectionFaults _faults;
    private SqliteStore? _store;

    public SqliteHost() => _faults = new ProjectionFaults(Files.Projection);

    public TempDirectory Files { get; } = new();

    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>How long the store waits for a lock. Tests that hold a lock on purpose want it short.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromMilliseconds(100);

    public SqliteStore Store => _store ?? throw new InvalidOperationException("The store is not open.");

    public override IJournal Journal => Store.Journal;

    public override IProjection Projection => Store.Projection;

    public SqliteStoreOptions Options => new() { Directory = Files.Path, SkewMax = SkewMax, BusyTimeout = BusyTimeout };

    public override async ValueTask OpenAsync()
    {
        await CloseAsync();
        _store = SqliteStore.Open(Options, Clock, Logger);
    }

    public async ValueTask CloseAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync();
            _store = null;
        }
    }

    public override async ValueTask<ProjectionTables> ReadTablesAsync(string prefix = "") =>
        await ProjectionReader.ReadAsync(Store.Projection, Files.Projection, prefix);

    public override ValueTask DamageAsync(Sequence entry)
    {
        using Sql sql = new(Files.Journal);
        sql.ForgeEntry(entry, Forged.WithOnePointMore);
        return ValueTask.CompletedTask;
    }

    public override ValueTask ChangeRowsAsync(string sql)
    {
        Sql.Run(Files.Projection, sql);
        return ValueTask.CompletedTask;
    }

    public override ValueTask<long> ReadNumberAsync(string sql)
    {
        using Sql connection = new(Files.Projection);
        return new ValueTask<long>(connection.Scalar<long>(sql));
    }

    public override void FailAfterWrites(int count) => _faults.FailAfterWrites(count);

    public override void FailAfterAccounts(int count) => _faults.FailAfterAccounts(count);

    public override void Heal() => _faults.Heal();

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Files.Dispose();
    }
}
