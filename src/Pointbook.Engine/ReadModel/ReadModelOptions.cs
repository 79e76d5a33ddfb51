namespace Pointbook.Engine.ReadModel;

/// <summary>
/// The bounds of the read model. All partitions of a process share <see cref="PendingEntriesMax"/>, of which each gets its share, and <see cref="BuildsInFlightMax"/>.
/// </summary>
public sealed class ReadModelOptions
{
    /// <summary>The minimum share of <see cref="PendingEntriesMax"/>, unless the whole is smaller.</summary>
    public const int PendingEntriesShareMin = 10_000;

    /// <summary>A round ends with the commit that reaches this number of entries; 1 to 10,000,000.</summary>
    public int RoundEntriesMax { get; set; } = 200_000;

    /// <summary>How long entries gather before a round, unless a query waits for them; 0 to 10 s.</summary>
    public TimeSpan RoundDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long the read model waits after a failure; 1 ms to 1 min. The delay doubles with each further failure, up to 64 times and to 1 min.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The maximum number of entries of new commits in memory; 1 to 100,000,000. If the read model is further behind, it reads them from the journal.</summary>
    public int PendingEntriesMax { get; set; } = 200_000;

    /// <summary>How many partitions of a process build generations at the same time; 1 to 64. Each reads the journal and has a round in memory. Further ones wait.</summary>
    public int BuildsInFlightMax { get; set; } = 2;

    /// <summary>How often an idle read model checks for changes by other processes to its tables; 100 ms to 1 h.</summary>
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Returns the bounds of one of several partitions of this process.</summary>
    /// <param name="hosted">The number of partitions.</param>
    public ReadModelOptions ShareOf(int hosted)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(hosted, 1);
        ReadModelOptions share = (ReadModelOptions)MemberwiseClone();
        share.PendingEntriesMax = Math.Max(PendingEntriesMax / hosted, Math.Min(PendingEntriesMax, PendingEntriesShareMin));
        return share;
    }

    /// <summary>The fault in the values, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        RoundEntriesMax is < 1 or > 10_000_000 ? "RoundEntriesMax must be between 1 and 10000000."
        : RoundDelay < TimeSpan.Zero || RoundDelay > TimeSpan.FromSeconds(10) ? "RoundDelay must be between 00:00:00 and 00:00:10."
        : RetryDelay < TimeSpan.FromMilliseconds(1) || RetryDelay > TimeSpan.FromMinutes(1) ? "RetryDelay must be between 00:00:00.001 and 00:01:00."
        : PendingEntriesMax is < 1 or > 100_000_000 ? "PendingEntriesMax must be between 1 and 100000000."
        : BuildsInFlightMax is < 1 or > 64 ? "BuildsInFlightMax must be between 1 and 64."
        : LookInterval < TimeSpan.FromMilliseconds(100) || LookInterval > TimeSpan.FromHours(1) ? "LookInterval must be between 00:00:00.100 and 01:00:00."
        : null;
}
