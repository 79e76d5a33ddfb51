namespace Pointbook.Engine.Queries;

/// <summary>The bounds of queries that read the account store, the read model and the journal.</summary>
public sealed class QueryOptions
{
    /// <summary>How long a query waits for the account store or the read model to advance before it is refused with 503; 100 ms to 1 min.</summary>
    public TimeSpan WaitMax { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The most operations that one page of a history scans, regardless of how many match the filter; 500 to 1,000,000.</summary>
    public int OperationsScannedMax { get; set; } = 2_000;

    /// <summary>The bytes of payers at which a page of a history ends, because each operation lists its payers; 1,024 to 1 GiB.</summary>
    public int HistoryBytesMax { get; set; } = 1 << 20;

    /// <summary>The most histories that may be replayed at a time for balances in the past. Further ones wait. 1 to 1,000.</summary>
    public int ReplaysInFlightMax { get; set; } = 4;

    /// <summary>
    /// The most reads for lists of payers at a time: each is one of a partition's sums, or of its due points and the journal. Further ones wait. 1 to 1,000.
    /// </summary>
    public int PayerReadsInFlightMax { get; set; } = 8;

    /// <summary>The most journal entries that a list of payers reads, to align the account store and the read model; 1,000 to 10,000,000.</summary>
    public int DueEntriesMax { get; set; } = 200_000;

    /// <summary>The accepted difference between the clocks of processes that share a store; 0 to 1 h.</summary>
    public TimeSpan SkewMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The first invalid value, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        WaitMax < TimeSpan.FromMilliseconds(100) || WaitMax > TimeSpan.FromMinutes(1) ? "WaitMax must be between 00:00:00.1 and 00:01:00."
        : OperationsScannedMax is < 500 or > 1_000_000 ? "OperationsScannedMax must be between 500 and 1000000."
        : HistoryBytesMax is < 1_024 or > 1 << 30 ? "HistoryBytesMax must be between 1024 and 1073741824."
        : ReplaysInFlightMax is < 1 or > 1_000 ? "ReplaysInFlightMax must be between 1 and 1000."
        : PayerReadsInFlightMax is < 1 or > 1_000 ? "PayerReadsInFlightMax must be between 1 and 1000."
        : DueEntriesMax is < 1_000 or > 10_000_000 ? "DueEntriesMax must be between 1000 and 10000000."
        : SkewMax < TimeSpan.Zero || SkewMax > TimeSpan.FromHours(1) ? "SkewMax must be between 00:00:00 and 01:00:00."
        : null;
}
