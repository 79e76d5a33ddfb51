using Microsoft.Extensions.Logging;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>What a partition is put together from. Time, ids and randomness are passed in; only hosts own them.</summary>
public sealed record PartitionParts
{
    /// <summary>Its journal. The partition is its only writer in this process.</summary>
    public required IJournal Journal { get; init; }

    /// <summary>Its projection. The partition's projector is its only writer in this process.</summary>
    public required IProjection Projection { get; init; }

    /// <summary>Its clock.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>Guards <see cref="Clock"/>, and then is it; null where the clock is credible by definition.</summary>
    public ClockGuard? Guard { get; init; }

    /// <summary>Gives a new random commit id at each call.</summary>
    public required Func<Guid> NewCommitId { get; init; }

    /// <summary>Gives the salts of erasable texts. Used by the loop only.</summary>
    public required SaltSource Salts { get; init; }

    /// <summary>Where the length of random pauses comes from. Used by the loop only.</summary>
    public required Random Random { get; init; }

    /// <summary>Where it logs.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>Told of a bug that stopped the partition, at most once and on any thread. The host ends the process, because the partition serves nobody any longer.</summary>
    public Action<Exception> OnBug { get; init; } = static _ => { };

    /// <summary>What the programme has decided on.</summary>
    public LedgerPolicy Policy { get; init; } = new();

    /// <summary>Its bounds.</summary>
    public PartitionOptions Options { get; init; } = new();

    /// <summary>The bounds of its projector.</summary>
    public ProjectorOptions ProjectorOptions { get; init; } = new();

    /// <summary>The bounds of what it answers of one operation.</summary>
    public OperationOptions OperationOptions { get; init; } = new();

    /// <summary>Is told of damage to the journal; null for one of the partition alone.</summary>
    public JournalDamage? Damage { get; init; }

    /// <summary>The pace of its sweeper.</summary>
    public SweeperOptions SweeperOptions { get; init; } = new();

    /// <summary>Looks at the clock.</summary>
    internal ClockReading ReadClock() => Guard?.Read() ?? new ClockReading(Instant.FromDateTimeOffset(Clock.GetUtcNow()), 0, null);
}
