namespace Pointbook.Engine.Partition;

/// <summary>The bounds of a partition.</summary>
/// <remarks>
/// <see cref="CacheBytesMax"/> and <see cref="LagEntriesMax"/> bound the memory of a process, so a host of several
/// partitions gives each its share, <see cref="ShareOf"/>. All other bounds apply to each partition.
/// </remarks>
public sealed class PartitionOptions
{
    /// <summary>The smallest share of <see cref="LagEntriesMax"/>, unless the whole is smaller. Smaller rounds would be inefficient.</summary>
    public const int LagEntriesShareMin = 10_000;

    /// <summary>The smallest share of <see cref="CacheBytesMax"/>, unless the whole is smaller.</summary>
    public const long CacheBytesShareMin = 1L << 20;

    /// <summary>The most commands that one commit makes durable; 1 to 100,000.</summary>
    public int BatchSizeMax { get; set; } = 2_048;

    /// <summary>The number of entries at which a batch closes, however few its commands; 1 to 10,000,000. One command may exceed it alone.</summary>
    public int BatchEntriesMax { get; set; } = 100_000;

    /// <summary>
    /// The most entries that a command may write in a shared commit. A command that writes more commits alone, so that it
    /// delays no other answer. 1 to 10,000,000.
    /// </summary>
    public int SharedOperationEntriesMax { get; set; } = 4_096;

    /// <summary>The most commands that may wait for an answer. The partition refuses further ones with 503. 1 to 1,000,000.</summary>
    public int WaitingMax { get; set; } = 16_384;

    /// <summary>The most commands that may wait for one account during its load; 1 to 1,000,000.</summary>
    public int ParkedPerAccountMax { get; set; } = 4_096;

    /// <summary>The most loads that may run at once; 1 to 64.</summary>
    public int LoadsInFlightMax { get; set; } = 4;

    /// <summary>The most heap memory for accounts, in bytes, for all partitions of the process together. The least recently used ones are evicted first. At least 0.</summary>
    public long CacheBytesMax { get; set; } = 1L << 30;

    /// <summary>
    /// How many entries the account store may be behind the journal before writers must wait. Also how far other processes may be
    /// ahead before this one uses their account store instead of reading every entry. For all partitions of the process together. At least 1.
    /// </summary>
    public int LagEntriesMax { get; set; } = 1_000_000;

    /// <summary>How long writers wait for the account store before the partition refuses them with 503; 0 to 1 min.</summary>
    public TimeSpan LagWaitMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The most decisions of one command if other processes write first or clocks disagree, and the most attempts of an append; 1 to 100.</summary>
    public int AttemptsMax { get; set; } = 5;

    /// <summary>The longest pause between two such attempts. The actual length is random. 1 ms to 10 s.</summary>
    public TimeSpan RetryDelayMax { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How far in the future a transaction's timestamp may be; 0 to 36,500 days.</summary>
    public TimeSpan FutureMax { get; set; } = TimeSpan.FromHours(24);

    /// <summary>The bounds of each partition in a process that hosts several.</summary>
    /// <param name="hosted">How many partitions this process hosts, at least 1. Partitions of other processes use none of its memory.</param>
    /// <returns>A copy in which the bounds of the whole process are divided.</returns>
    public PartitionOptions ShareOf(int hosted)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hosted, 1);
        PartitionOptions share = (PartitionOptions)MemberwiseClone();
        share.CacheBytesMax = Math.Max(CacheBytesMax / hosted, Math.Min(CacheBytesMax, CacheBytesShareMin));
        share.LagEntriesMax = Math.Max(LagEntriesMax / hosted, Math.Min(LagEntriesMax, LagEntriesShareMin));
        return share;
    }

    /// <summary>The first invalid value, as a sentence that begins with the name of the option, or null.</summary>
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
