namespace Pointbook.Engine.Partition;

/// <summary>The bounds of a partition.</summary>
/// <remarks>
/// <see cref="CacheBytesMax"/> and <see cref="LagEntriesMax"/> bound the memory of a process, so a host that runs several
/// partitions gives each its share, <see cref="ShareOf"/>. All others are for each partition.
/// </remarks>
public sealed class PartitionOptions
{
    /// <summary>A share of <see cref="LagEntriesMax"/> is not smaller than this, or than the whole: rounds would become too small to be worth it.</summary>
    public const int LagEntriesShareMin = 10_000;

    /// <summary>A share of <see cref="CacheBytesMax"/> is not smaller than this, or than the whole.</summary>
    public const long CacheBytesShareMin = 1L << 20;

    /// <summary>How many commands one commit makes durable at most; 1 to 100,000.</summary>
    public int BatchSizeMax { get; set; } = 2_048;

    /// <summary>At how many entries a batch is closed, however few its commands; 1 to 10,000,000. One command may exceed it alone.</summary>
    public int BatchEntriesMax { get; set; } = 100_000;

    /// <summary>
    /// How many entries a command may write in a commit that it shares with other commands; one that writes more commits alone, so that it
    /// delays no other answer. 1 to 10,000,000.
    /// </summary>
    public int SharedOperationEntriesMax { get; set; } = 4_096;

    /// <summary>How many commands may wait for an answer; further ones are refused with 503. 1 to 1,000,000.</summary>
    public int WaitingMax { get; set; } = 16_384;

    /// <summary>How many commands may wait for one account that is being loaded; 1 to 1,000,000.</summary>
    public int ParkedPerAccountMax { get; set; } = 4_096;

    /// <summary>How many loads may run at once; 1 to 64.</summary>
    public int LoadsInFlightMax { get; set; } = 4;

    /// <summary>How much memory accounts may take on the heap, in bytes, all partitions of the process together; the least recently used ones go first. At least 0.</summary>
    public long CacheBytesMax { get; set; } = 1L << 30;

    /// <summary>
    /// How far the projection may be behind the journal, in entries, before writers have to wait, and how far others may be
    /// ahead before their projecting is used instead of reading after them; all partitions of the process together. At least 1.
    /// </summary>
    public int LagEntriesMax { get; set; } = 1_000_000;

    /// <summary>How long writers wait for the projection before they are refused with 503; 0 to 1 min.</summary>
    public TimeSpan LagWaitMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a command is decided again because somebody else wrote first, and how often an append of unknown outcome is repeated; 1 to 100.</summary>
    public int AttemptsMax { get; set; } = 5;

    /// <summary>The longest pause between two such attempts; its length is random. 1 ms to 10 s.</summary>
    public TimeSpan RetryDelayMax { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How far in the future a transaction's timestamp may be; 0 to 36,500 days.</summary>
    public TimeSpan FutureMax { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The bounds of each partition where a process hosts several.</summary>
    /// <param name="hosted">How many partitions this process hosts, at least 1. Those that other processes host take none of its memory.</param>
    /// <returns>A copy in which what is for the whole process is divided.</returns>
    public PartitionOptions ShareOf(int hosted)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hosted, 1);
        PartitionOptions share = (PartitionOptions)MemberwiseClone();
        share.CacheBytesMax = Math.Max(CacheBytesMax / hosted, Math.Min(CacheBytesMax, CacheBytesShareMin));
        share.LagEntriesMax = Math.Max(LagEntriesMax / hosted, Math.Min(LagEntriesMax, LagEntriesShareMin));
        return share;
    }

    /// <summary>What is wrong with the values, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        BatchSizeMax is < 1 or > 100_000 ? "BatchSizeMax must be between 1 and 100000."
        : BatchEntriesMax is < 1 or > 10_000_000 ? "BatchEntriesMax must be between 1 and 10000000."
        : SharedOperationEntriesMax is < 1 or > 10_000_000 ? "SharedOperationEntriesMax must be between 1 and 10000000."
        : WaitingMax is < 1 or > 1_000_000 ? "WaitingMax must be between 1 and 1000000."
        : ParkedPerAccountMax is < 1 or > 1_000_000 ? "ParkedPerAccountMax must be between 1 and 1000000."
        : LoadsInFlightMax is < 1 or > 64 ? "LoadsInFlightMax must be between 1 and 64."
        : CacheBytesMax < 0 ? "CacheBytesMax must be at least 0."
        : LagEntriesMax < 1 ? "LagEntriesMax must be at least 1."
        : AttemptsMax is < 1 or > 100 ? "AttemptsMax must be between 1 and 100."
        : FaultOfTimes();

    private string? FaultOfTimes() =>
        LagWaitMax < TimeSpan.Zero || LagWaitMax > TimeSpan.FromMinutes(1) ? "LagWaitMax must be between 00:00:00 and 00:01:00."
        : RetryDelayMax < TimeSpan.FromMilliseconds(1) || RetryDelayMax > TimeSpan.FromSeconds(10) ? "RetryDelayMax must be between 00:00:00.001 and 00:00:10."
        : FutureMax < TimeSpan.Zero || FutureMax > TimeSpan.FromDays(36_500) ? "FutureMax must be between 0 and 36500 days."
        : null;
}
