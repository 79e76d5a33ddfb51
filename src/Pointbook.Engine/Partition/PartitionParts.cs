using Microsoft.Extensions.Logging;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The parts of a partition. The host owns time, ids and randomness, and passes them in.</summary>
public sealed record PartitionParts
{
    /// <summary>Its journal. The partition is its only writer in this process.</summary>
    public required IJournal Journal { get; init; }

    /// <summary>Its account store. The partition's snapshot writer is its only writer in this process.</summary>
    public required IAccountStore AccountStore { get; init; }

    /// <summary>Its read model. The partition's loop for it is its only writer in this process.</summary>
    public required IReadModel ReadModel { get; init; }

    /// <summary>Its clock.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Guards the clock, and is then also <see cref="Clock"/>; null if the clock is credible by definition.</summary>
    public ClockGuard? Guard { get; init; }

    /// <summary>Gives a new random commit id at each call.</summary>
    public required Func<Guid> NewCommitId { get; init; }

    /// <summary>Gives the salts of erasable texts. Only the loop uses it.</summary>
    public required SaltSource Salts { get; init; }

    /// <summary>Gives the length of random pauses. Only the loop uses it.</summary>
    public required Random Random { get; init; }

    /// <summary>Its logger.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>Tells the host of a bug that stopped the partition, at most once and on any thread. The host then ends the process.</summary>
    public Action<Exception> OnBug { get; init; } = static _ => { };

    /// <summary>Tells code outside the partition of durable commits.</summary>
    public CommitSignal Commits { get; init; } = new();

    /// <summary>The rules that the loyalty programme has chosen.</summary>
    public LedgerPolicy Policy { get; init; } = new();

    /// <summary>Its bounds.</summary>
    public PartitionOptions Options { get; init; } = new();

    /// <summary>The bounds of its snapshot writer.</summary>
    public SnapshotWriterOptions SnapshotWriterOptions { get; init; } = new();

    /// <summary>The bounds of its read model.</summary>
    public ReadModelOptions ReadModelOptions { get; init; } = new();

    /// <summary>The places for builds, which all partitions of a process share; null if the partition is the only one. The host disposes of them after the partitions.</summary>
    public BuildPlaces? BuildPlaces { get; init; }

    /// <summary>The bounds of its replies about one operation.</summary>
    public OperationOptions OperationOptions { get; init; } = new();

    /// <summary>Receives reports of damage to the journal; null if the partition creates its own.</summary>
    public JournalDamage? Damage { get; init; }

    /// <summary>Whether it records due events of accounts without commands, and deletes old idempotency keys. A partition that only builds tables must not write.</summary>
    public bool Sweeps { get; init; } = true;

    /// <summary>The pace of its sweeper.</summary>
    public SweeperOptions SweeperOptions { get; init; } = new();

    /// <summary>Reads the clock.</summary>
    internal ClockReading ReadClock() => Guard?.Read() ?? new ClockReading(Instant.FromDateTimeOffset(Clock.GetUtcNow()), 0, null);
}
