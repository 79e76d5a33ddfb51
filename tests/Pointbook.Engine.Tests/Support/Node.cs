using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Support;

/// <summary>A process that runs one partition on a store in memory.</summary>
internal sealed class Node : IAsyncDisposable
{
    private static int _commits;
    private readonly TimeProvider _clock;
    private LedgerQueries? _queries;

    private Node(
        MemoryJournal store,
        MemoryAccountStore accountStore,
        IReadModel readModel,
        TimeProvider clock,
        PartitionOptions options,
        SnapshotWriterOptions snapshotWriterOptions,
        ReadModelOptions readModelOptions,
        LedgerPolicy policy,
        ILogger logger,
        BuildPlaces? buildPlaces,
        bool sweeps)
    {
        ReadModel = new GatedReadModel(readModel);
        Store = store;
        Journal = new FaultyJournal(store);
        AccountStore = accountStore;
        Gate = new GatedAccountStore(accountStore);
        Partition = new LocalPartition(new PartitionParts
        {
            Journal = Journal,
            AccountStore = Gate,
            ReadModel = ReadModel,
            ReadModelOptions = readModelOptions,
            Clock = clock,
            Guard = clock as ClockGuard,
            // Ids must only differ. With a counter, a failing run can be repeated.
            NewCommitId = () => new Guid(Interlocked.Increment(ref _commits), 0, 0, new byte[8]),
            Salts = RandomNumberGenerator.Fill,
            Random = new Random(1),
            Logger = logger,
            Options = options,
            SnapshotWriterOptions = snapshotWriterOptions,
            Policy = policy,
            BuildPlaces = buildPlaces,
            Sweeps = sweeps,
        });
        _clock = clock;
    }

    public MemoryJournal Store { get; }

    public FaultyJournal Journal { get; }

    public MemoryAccountStore AccountStore { get; }

    /// <summary>The account store as this process uses it. Tests can delay its calls.</summary>
    public GatedAccountStore Gate { get; }

    /// <summary>The read model as this process uses it. Tests can delay its calls.</summary>
    public GatedReadModel ReadModel { get; }

    /// <summary>The journal, the account store and the read model of the partition.</summary>
    public StoredPartition Stored => new(Journal, Gate, ReadModel);

    public LocalPartition Partition { get; }

    /// <summary>Queries on a store with only this partition.</summary>
    public LedgerQueries Queries => _queries ??= new LedgerQueries(
        [Partition], [Stored], new QueryOptions(), _clock);

    public static PartitionOptions Options => new() { RetryDelayMax = TimeSpan.FromMilliseconds(1) };

    public static SnapshotWriterOptions SnapshotWriterOptions => new() { RoundDelay = TimeSpan.Zero, RetryDelay = TimeSpan.FromMilliseconds(1), RepairEntriesMax = 0 };

    public static ReadModelOptions ReadModelOptions => new() { RoundDelay = TimeSpan.Zero, RetryDelay = TimeSpan.FromMilliseconds(1) };

    /// <summary>Creates a partition, but does not start it.</summary>
    public static Node Build(
        MemoryJournal? store = null,
        MemoryAccountStore? accountStore = null,
        TimeProvider? clock = null,
        PartitionOptions? options = null,
        SnapshotWriterOptions? snapshotWriterOptions = null,
        ILogger? logger = null,
        LedgerPolicy? policy = null,
        IReadModel? readModel = null,
        ReadModelOptions? readModelOptions = null,
        BuildPlaces? buildPlaces = null,
        bool sweeps = true)
    {
        clock ??= TimeProvider.System;
        return new Node(
            store ?? new MemoryJournal(clock),
            accountStore ?? new MemoryAccountStore(),
            readModel ?? new MemoryReadModel(),
            clock,
            options ?? Options,
            snapshotWriterOptions ?? SnapshotWriterOptions,
            readModelOptions ?? ReadModelOptions,
            policy ?? new LedgerPolicy(),
            logger ?? NullLogger.Instance,
            buildPlaces,
            sweeps);
    }

    /// <summary>Creates and starts a partition.</summary>
    /// <remarks>Without a read model, nothing but the partition reads the journal.</remarks>
    public static async Task<Node> StartAsync(
        MemoryJournal? store = null,
        MemoryAccountStore? accountStore = null,
        TimeProvider? clock = null,
        PartitionOptions? options = null,
        SnapshotWriterOptions? snapshotWriterOptions = null,
        ILogger? logger = null,
        LedgerPolicy? policy = null,
        IReadModel? readModel = null,
        ReadModelOptions? readModelOptions = null,
        bool withReadModel = true,
        bool sweeps = true)
    {
        Node node = Build(store, accountStore, clock, options, snapshotWriterOptions, logger, policy, readModel, readModelOptions, sweeps: sweeps);
        if (!withReadModel)
        {
            node.ReadModel.Before = () => new TaskCompletionSource().Task;
        }

        await node.StartAsync();
        if (withReadModel)
        {
            await node.WaitForReadModelAsync();
        }

        return node;
    }

    public Task StartAsync() => Partition.StartAsync(TestContext.Current.CancellationToken);

    /// <summary>Waits until the read model has read the journal, so that scripted faults of a test hit the partition.</summary>
    private async Task WaitForReadModelAsync()
    {
        try
        {
            await Partition.SettleReadModelAsync(Sequence.Zero, TestContext.Current.CancellationToken);
        }
        catch (ReadModelBehindException)
        {
            // In some tests, the read model cannot read the journal.
        }
    }

    public async Task<Outcome<Receipt>> DoAsync(Command command) =>
        await Partition.ExecuteAsync(command, TestContext.Current.CancellationToken);

    public async Task<AccountBalance> BalanceAsync(AccountId account)
    {
        Outcome<AccountBalance> outcome = await Partition.ReadBalanceAsync(account, TestContext.Current.CancellationToken);
        Assert.Null(outcome.Refusal);
        return outcome.Value!;
    }

    public async Task<Outcome<AccountBalance>> AskAsync(AccountId account) =>
        await Partition.ReadBalanceAsync(account, TestContext.Current.CancellationToken);

    public async Task<long> PointsAsync(AccountId account) => (await BalanceAsync(account)).Points.Value;

    public Task<JournalHead> VerifyAsync() => JournalVerification.VerifyAsync(Store, TestContext.Current.CancellationToken);

    /// <summary>Starts another process on the same journal, with its own account store.</summary>
    public static Task<Node> BesideAsync(Node node) => StartAsync(node.Store);

    public async ValueTask DisposeAsync()
    {
        await Partition.DisposeAsync();
        _queries?.Dispose();
    }
}
