using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Partition;
using Pointbook.Engine.ReadModel;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Bench.Engine;

/// <summary>The partitions of a store, as the server runs them, with everything to be measured at hand.</summary>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    private readonly IStore _store;
    private readonly ObservedJournal[] _journals;
    private readonly ObservedProjection[] _projections;

    private EngineUnderTest(IStore store, bool withJournal, bool withProjection)
    {
        _store = store;
        _journals = [.. store.Partitions.Select(partition => new ObservedJournal(withJournal ? partition.Journal : new NullJournal(partition.Journal.Partition)))];
        _projections = [.. store.Partitions.Select(partition => new ObservedProjection(withProjection ? partition.Projection : new NullProjection()))];
        IReadModel[] readModels = [.. store.Partitions.Select(partition => withProjection ? partition.ReadModel : new NullReadModel())];
        LocalPartition[] hosted = [.. _journals.Zip(_projections, readModels).Select(parts => Assemble(parts.First, parts.Second, parts.Third))];
        Ledger = new PartitionedLedger(hosted, hosted);
    }

    public PartitionedLedger Ledger { get; }

    public int Partitions => _journals.Length;

    public long Commits => _journals.Sum(journal => journal.Commits);

    public long Entries => _journals.Sum(journal => journal.Entries);

    /// <summary>How long the journals have been appending, the mean of all partitions.</summary>
    public double JournalSeconds => _journals.Average(journal => journal.BusySeconds);

    /// <summary>How long the projections have been writing, the mean of all partitions.</summary>
    public double ProjectionSeconds => _projections.Average(projection => projection.BusySeconds);

    /// <summary>By how many entries the projections are behind their journals.</summary>
    public long Lag => Entries - _projections.Sum(projection => projection.Entries);

    /// <summary>Opens the embedded store, with its journal or its projection replaced by one that does nothing if so wanted.</summary>
    public static Task<EngineUnderTest> OpenSqliteAsync(string directory, bool withJournal = true, bool withProjection = true) =>
        StartAsync(
            SqliteStore.Open(new SqliteStoreOptions { Directory = directory }, TimeProvider.System, NullLogger.Instance), withJournal, withProjection);

    /// <summary>Opens a store in a PostgreSQL database, and creates it there if the database is empty.</summary>
    public static async Task<EngineUnderTest> OpenPostgresAsync(
        string connectionString, int partitions, bool withJournal = true, bool withProjection = true)
    {
        PostgresStoreOptions options = new() { ConnectionStrings = [connectionString], Partitions = partitions };
        PostgresStore store = await PostgresStore.OpenAsync(options, NullLogger.Instance, CancellationToken.None);
        return await StartAsync(store, withJournal, withProjection);
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.StopAsync(CancellationToken.None);
        await Ledger.DisposeAsync();
        await _store.DisposeAsync();
    }

    private static async Task<EngineUnderTest> StartAsync(IStore store, bool withJournal, bool withProjection)
    {
        EngineUnderTest engine = new(store, withJournal, withProjection);
        await engine.Ledger.StartAsync(CancellationToken.None);
        return engine;
    }

    private static LocalPartition Assemble(ObservedJournal journal, ObservedProjection projection, IReadModel readModel) => new(new PartitionParts
    {
        Journal = journal,
        Projection = projection,
        ReadModel = readModel,
        Clock = TimeProvider.System,
        NewCommitId = Guid.NewGuid,
        Salts = RandomNumberGenerator.Fill,
        Random = new Random(journal.Partition + 1),
        Logger = NullLogger.Instance,
    });
}
