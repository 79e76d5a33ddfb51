namespace Pointbook.Server.Bulk;

/// <summary>The bounds of <c>POST /v1/transactions</c>: section <c>Bulk</c> of the configuration.</summary>
public sealed class BulkOptions
{
    // The server reads no further than a megabyte ahead, and a line has to fit into that with room to spare.
    private const int LineSizeLimit = 262_144;
    private static readonly TimeSpan RetryPauseLeast = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan RetryPauseLimit = TimeSpan.FromMinutes(1);

    /// <summary>How many transactions an array may have; 1 to 10,000.</summary>
    public int ItemsMax { get; set; } = 1_000;

    /// <summary>The longest array, in bytes; 1,024 to 67,108,864. It is held as a whole.</summary>
    public int BodySizeMax { get; set; } = 1_048_576;

    /// <summary>The longest line of an import, in bytes; 256 to 262,144. A longer one is refused, and the ones behind it are read.</summary>
    public int LineSizeMax { get; set; } = 16_384;

    /// <summary>How many lines of an import may wait for the ledger at a time; 1 to 100,000.</summary>
    public int LinesInFlightMax { get; set; } = 1_024;

    /// <summary>After how many refused lines an import stops; 1 to 100,000. They are held until the sender reads them.</summary>
    public int RefusedLinesMax { get; set; } = 1_000;

    /// <summary>How many imports may run at a time; further ones are refused with 503. 1 to 1,000.</summary>
    /// <remarks>All of them together should leave room among the commands that may wait for a partition.</remarks>
    public int ImportsMax { get; set; } = 8;

    /// <summary>How often a line is sent to a ledger that cannot take it at the moment, before the import stops; 1 to 100.</summary>
    public int AttemptsMax { get; set; } = 10;

    /// <summary>The longest pause between two such attempts; pauses begin short and double. 1 ms to 1 min.</summary>
    public TimeSpan RetryPauseMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault() =>
        ItemsMax is < 1 or > 10_000 ? "Bulk:ItemsMax must be between 1 and 10000."
        : BodySizeMax is < 1_024 or > 67_108_864 ? "Bulk:BodySizeMax must be between 1024 and 67108864."
        : LineSizeMax is < 256 or > LineSizeLimit ? $"Bulk:LineSizeMax must be between 256 and {LineSizeLimit}."
        : LinesInFlightMax is < 1 or > 100_000 ? "Bulk:LinesInFlightMax must be between 1 and 100000."
        : RefusedLinesMax is < 1 or > 100_000 ? "Bulk:RefusedLinesMax must be between 1 and 100000."
        : ImportsMax is < 1 or > 1_000 ? "Bulk:ImportsMax must be between 1 and 1000."
        : AttemptsMax is < 1 or > 100 ? "Bulk:AttemptsMax must be between 1 and 100."
        : RetryPauseMax < RetryPauseLeast || RetryPauseMax > RetryPauseLimit ? "Bulk:RetryPauseMax must be between 00:00:00.001 and 00:01:00."
        : null;
}
