using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.StorageContract.Memory;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract.Runs;

/// <summary>A partition on a store under test, as one process would run it.</summary>
public sealed class RunningLedger : IAsyncDisposable
{
    private static int _commits;

    private readonly LedgerQueries _queries;

    private RunningLedger(StoreHost host, Run? bounds, bool repairs, PartitionOptions? options)
    {
        TimeProvider clock = new HostClock(host.Clock);
        Journal = new FaultyJournal(host.Journal);
        AccountStore = new GatedAccountStore(host.AccountStore);
        ReadModel = new GatedReadModel(host.ReadModel);
        Damage = new JournalDamage(NullLogger.Instance);
        Partition = new LocalPartition(new PartitionParts
        {
            Damage = Damage,
            Journal = Journal,
            AccountStore = AccountStore,
            ReadModel = ReadModel,
            ReadModelOptions = new ReadModelOptions { RoundDelay = TimeSpan.Zero, RetryDelay = TimeSpan.FromMilliseconds(1), RoundEntriesMax = bounds is null ? 200_000 : 7 },
            Clock = clock,
            // Ids only need to be unique. Counting makes a failing run repeatable.
            NewCommitId = () => new Guid(Interlocked.Increment(ref _commits), 0, 0, new byte[8]),
            Salts = RandomNumberGenerator.Fill,
            Random = new Random(1),
            Logger = NullLogger.Instance,
            Options = options ?? bounds?.Options ?? new PartitionOptions(),
            SnapshotWriterOptions = bounds?.SnapshotWriterOptions ?? new SnapshotWriterOptions
            {
                RoundDelay = TimeSpan.Zero,
                RetryDelay = TimeSpan.FromMilliseconds(1),
                ErasureInterval = TimeSpan.FromSeconds(1),
                RepairEntriesMax = repairs ? new SnapshotWriterOptions().RepairEntriesMax : 0,
            },
            // A sweep also looks for tables that must be rebuilt.
            SweeperOptions = bounds?.SweeperOptions ?? new SweeperOptions { Interval = repairs ? TimeSpan.FromSeconds(1) : TimeSpan.FromMinutes(1) },
            Policy = Run.Policy,
        });
        _queries = new LedgerQueries(
            [Partition], [new StoredPartition(Journal, AccountStore, ReadModel)], new QueryOptions { SkewMax = StoreHost.SkewMax }, clock);
    }

    public FaultyJournal Journal { get; }

    public GatedAccountStore AccountStore { get; }

    public GatedReadModel ReadModel { get; }

    public LocalPartition Partition { get; }

    /// <summary>The damage of the journal that the partition has found.</summary>
    public JournalDamage Damage { get; }

    public ILedgerQueries Queries => _queries;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts a partition on an open store, within the bounds of a run.</summary>
    /// <param name="host">The store.</param>
    /// <param name="bounds">The bounds.</param>
    /// <param name="repairs">Whether the snapshot writer repairs damaged rows.</param>
    /// <param name="options">The options of the partition, if they differ from the default and from the bounds of the run.</param>
    public static async Task<RunningLedger> StartAsync(StoreHost host, Run? bounds = null, bool repairs = false, PartitionOptions? options = null)
    {
        RunningLedger ledger = new(host, bounds, repairs, options);
        await ledger.Partition.StartAsync(Token);
        return ledger;
    }

    public async Task<Outcome<Receipt>> DoAsync(Command command) => await Partition.ExecuteAsync(command, Token);

    /// <summary>Ends the partition, cleanly or not.</summary>
    public async Task StopAsync(bool inOrder)
    {
        AccountStore.Release();
        if (inOrder)
        {
            await Partition.StopAsync(Token);
        }

        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Partition.DisposeAsync();
        _queries.Dispose();
    }

    /// <summary>Shows the host's time, which does not advance by itself. Timers run in real time.</summary>
    private sealed class HostClock(TimeProvider time) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();
    }
}
