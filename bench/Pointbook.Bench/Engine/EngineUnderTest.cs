using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Partition;
using Pointbook.Engine.ReadModel;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Bench.Engine;

/// <summary>The partitions of a store, as the server runs them, with access to everything that is measured.</summary>
internal sealed class EngineUnderTest : IAsyncDisposable
{
    private readonly IStore _store;
    private readonly ObservedJournal[] _journals;
    private readonly ObservedAccountStore[] _accountStores;

    private EngineUnderTest(IStore store, bool withJournal, bool withAccountStore)
    {
        _store = store;
        _journals = [.. store.Partitions.Select(partition => new ObservedJournal(withJournal ? partition.Journal : new NullJournal(partition.Journal.Partition)))];
        _accountStores = [.. store.Partitions.Select(partition => new ObservedAccountStore(withAccountStore ? partition.AccountStore : new NullAccountStore()))];
        IReadModel[] readModels = [.. store.Partitions.Select(partition => withAccountStore ? partition.ReadModel : new NullReadModel())];
        LocalPartition[] hosted = [.. _journals.Zip(_accountStores, readModels).Select(parts => Assemble(parts.First, parts.Second, parts.Third))];
        Ledger = new PartitionedLedger(hosted, hosted);
    }

    public PartitionedLedger Ledger { get; }

    public int Partitions => _journals.Length;

    public long Commits => _journals.Sum(journal => journal.Commits);

    public long Entries => _journals.Sum(journal => journal.Entries);

    /// <summary>How long the journals have been appending: the mean of all partitions.</summary>
    public double JournalSeconds => _journals.Average(journal => journal.BusySeconds);

    /// <summary>How long the account stores have been writing: the mean of all partitions.</summary>
    public double AccountStoreSeconds => _accountStores.Average(accountStore => accountStore.BusySeconds);

    /// <summary>How many entries the account stores are behind their journals.</summary>
    public long Lag => Entries - _accountStores.Sum(accountStore => accountStore.Entries);

    /// <summary>Opens the embedded store. The caller may replace its journal or its account store with one that does nothing.</summary>
    public static Task<EngineUnderTest> OpenSqliteAsync(string directory, bool withJournal = true, bool withAccountStore = true) =>
        StartAsync(
            SqliteStore.Open(new SqliteStoreOptions { Directory = directory }, TimeProvider.System, NullLogger.Instance), withJournal, withAccountStore);

    /// <summary>Opens a store in a PostgreSQL database, and creates it there if the database is empty.</summary>
    public static async Task<EngineUnderTest> OpenPostgresAsync(
        string connectionString, int partitions, bool withJournal = true, bool withAccountStore = true)
    {
        PostgresStoreOptions options = new() { ConnectionStrings = [connectionString], Partitions = partitions };
        PostgresStore store = await PostgresStore.OpenAsync(options, NullLogger.Instance, CancellationToken.None);
        return await StartAsync(store, withJournal, withAccountStore);
    }

    public async ValueTask DisposeAsync()
    {
        await Ledger.StopAsync(CancellationToken.None);
        await Ledger.DisposeAsync();
        await _store.DisposeAsync();
    }

    private static async Task<EngineUnderTest> StartAsync(IStore store, bool withJournal, bool withAccountStore)
    {
        EngineUnderTest engine = new(store, withJournal, withAccountStore);
        await engine.Ledger.StartAsync(CancellationToken.None);
        return engine;
    }

    private static LocalPartition Assemble(ObservedJournal journal, ObservedAccountStore accountStore, IReadModel readModel) => new(new PartitionParts
    {
        Journal = journal,
        AccountStore = accountStore,
        ReadModel = readModel,
        Clock = TimeProvider.System,
        NewCommitId = Guid.NewGuid,
        Salts = RandomNumberGenerator.Fill,
        Random = new Random(journal.Partition + 1),
        Logger = NullLogger.Instance,
    });
}
