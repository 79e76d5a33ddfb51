using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partitions;
using Pointbook.Engine.Projection;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Bench.Engine;

/// <summary>A partition on a store in a directory, as the server runs it, with everything to be measured at hand.</summary>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    private readonly SqliteStore _store;

    private EngineUnderTest(SqliteStore store, ObservedJournal journal, ObservedProjection projection)
    {
        _store = store;
        Journal = journal;
        Projection = projection;
        Partition = new Partition(new PartitionParts
        {
            Journal = journal,
            Projection = projection,
            Clock = TimeProvider.System,
            NewCommitId = Guid.NewGuid,
            Random = new Random(1),
            Logger = NullLogger.Instance,
        });
    }

    public ObservedJournal Journal { get; }

    public ObservedProjection Projection { get; }

    public Partition Partition { get; }

    /// <summary>By how many entries the projection is behind the journal.</summary>
    public long Lag => Journal.Entries - Projection.Entries;

    /// <summary>Opens a store, with its journal or its projection replaced by one that does nothing if so wanted.</summary>
    public static async Task<EngineUnderTest> OpenAsync(string directory, bool withJournal = true, bool withProjection = true)
    {
        SqliteStore store = SqliteStore.Open(new SqliteStoreOptions { Directory = directory }, TimeProvider.System, NullLogger.Instance);
        IJournal journal = withJournal ? store.Journal : new NullJournal();
        IProjection projection = withProjection ? store.Projection : new NullProjection();
        EngineUnderTest engine = new(store, new ObservedJournal(journal), new ObservedProjection(projection));
        await engine.Partition.StartAsync(CancellationToken.None);
        return engine;
    }

    public async ValueTask DisposeAsync()
    {
        await Partition.StopAsync(CancellationToken.None);
        await Partition.DisposeAsync();
        await _store.DisposeAsync();
    }
}
