namespace Pointbook.Engine.Queries;

/// <summary>The bounds of queries that are answered from the projection.</summary>
public sealed class QueryOptions
{
    /// <summary>How long a query waits for the projection to have what it needs before it is refused with 503; 100 ms to 1 min.</summary>
    public TimeSpan WaitMax { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many operations one page of a history looks at, whatever the filter leaves of them; 500 to 1,000,000.</summary>
    public int OperationsScannedMax { get; set; } = 2_000;

    /// <summary>At how many bytes of payers a page of a history ends, because each operation lists its payers; 1,024 to 1 GiB.</summary>
    public int HistoryBytesMax { get; set; } = 1 << 20;

    /// <summary>How many histories may be replayed at a time for balances as of the past; further ones wait. 1 to 1,000.</summary>
    public int ReplaysInFlightMax { get; set; } = 4;

    /// <summary>How far the clocks of processes that share a store may be apart; 0 to 1 h.</summary>
    public TimeSpan SkewMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What is wrong with the values, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        WaitMax < TimeSpan.FromMilliseconds(100) || WaitMax > TimeSpan.FromMinutes(1) ? "WaitMax must be between 00:00:00.1 and 00:01:00."
        : OperationsScannedMax is < 500 or > 1_000_000 ? "OperationsScannedMax must be between 500 and 1000000."
        : HistoryBytesMax is < 1_024 or > 1 << 30 ? "HistoryBytesMax must be between 1024 and 1073741824."
        : ReplaysInFlightMax is < 1 or > 1_000 ? "ReplaysInFlightMax must be between 1 and 1000."
        : SkewMax < TimeSpan.Zero || SkewMax > TimeSpan.FromHours(1) ? "SkewMax must be between 00:00:00 and 01:00:00."
        : null;
}
