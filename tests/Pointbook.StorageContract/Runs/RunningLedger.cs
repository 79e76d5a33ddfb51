using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.Answers;
using Pointbook.Engine.Partitions;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Commands;
using Pointbook.StorageContract.Memory;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract.Runs;

/// <summary>A partition on a store under test, as one process would run it.</summary>
public sealed class RunningLedger : IAsyncDisposable
{
    private static int _commits;

    private RunningLedger(StoreHost host, PartitionOptions options, ProjectorOptions projectorOptions)
    {
        Journal = new FaultyJournal(host.Journal);
        Projection = new GatedProjection(host.Projection);
        Partition = new Partition(new PartitionParts
        {
            Journal = Journal,
            Projection = Projection,
            Clock = new HostClock(host.Clock),
            // Ids only have to differ; counting makes a failing run repeatable.
            NewCommitId = () => new Guid(Interlocked.Increment(ref _commits), 0, 0, new byte[8]),
            Random = new Random(1),
            Logger = NullLogger.Instance,
            Options = options,
            ProjectorOptions = projectorOptions,
        });
    }

    public FaultyJournal Journal { get; }

    public GatedProjection Projection { get; }

    public Partition Partition { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts it on an open store, within the bounds of a run.</summary>
    public static async Task<RunningLedger> StartAsync(StoreHost host, Run? bounds = null)
    {
        RunningLedger ledger = new(
            host, bounds?.Options ?? new PartitionOptions(), bounds?.ProjectorOptions ?? new ProjectorOptions { RoundDelay = TimeSpan.Zero });
        await ledger.Partition.StartAsync(Token);
        return ledger;
    }

    public async Task<Outcome<Receipt>> DoAsync(Command command) => await Partition.ExecuteAsync(command, Token);

    /// <summary>Ends it, in order or at once.</summary>
    public async Task EndAsync(bool inOrder)
    {
        Projection.Release();
        if (inOrder)
        {
            await Partition.StopAsync(Token);
        }

        await DisposeAsync();
    }

    public ValueTask DisposeAsync() => Partition.DisposeAsync();

    /// <summary>Shows the host's time, which stands still; pauses pass as they do.</summary>
    private sealed class HostClock(TimeProvider time) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => time.GetUtcNow();
    }
}
