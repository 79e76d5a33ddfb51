namespace Pointbook.Engine.Analytics;

/// <summary>The bounds of the exporters that fill the analytics tables.</summary>
public sealed class ExporterOptions
{
    /// <summary>A round, which is one transaction, ends with the commit that reaches this number of entries; 1 to 1,000,000.</summary>
    public int RoundEntriesMax { get; set; } = 20_000;

    /// <summary>How many partitions may read or write a round at a time; 1 to 64. Each uses one connection.</summary>
    public int RoundsInFlightMax { get; set; } = 2;

    /// <summary>How long commits gather before a round; 10 ms to 1 h. If other processes may write to the journal, an exporter also looks for their commits this often.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often an idle exporter whose process alone writes to the journal checks its tables, which an operator may have emptied or deleted; 10 ms to 1 h.</summary>
    public TimeSpan LookInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an exporter waits after a failure before it tries again; 10 ms to 1 h.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The fault in the values, as a sentence that begins with the name of the option, or null.</summary>
    public string? Fault() =>
        RoundEntriesMax is < 1 or > 1_000_000 ? "RoundEntriesMax must be between 1 and 1000000."
        : RoundsInFlightMax is < 1 or > 64 ? "RoundsInFlightMax must be between 1 and 64."
        : Delay < TimeSpan.FromMilliseconds(10) || Delay > TimeSpan.FromHours(1) ? "Delay must be between 00:00:00.010 and 01:00:00."
        : LookInterval < TimeSpan.FromMilliseconds(10) || LookInterval > TimeSpan.FromHours(1) ? "LookInterval must be between 00:00:00.010 and 01:00:00."
        : RetryDelay < TimeSpan.FromMilliseconds(10) || RetryDelay > TimeSpan.FromHours(1) ? "RetryDelay must be between 00:00:00.010 and 01:00:00."
        : null;
}
