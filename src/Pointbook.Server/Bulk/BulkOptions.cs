namespace Pointbook.Server.Bulk;

/// <summary>The limits of <c>POST /v1/transactions</c>: section <c>Bulk</c> of the configuration.</summary>
public sealed class BulkOptions
{
    // The server reads at most a megabyte ahead, and a line must fit into that with a margin.
    private const int LineSizeLimit = 262_144;
    private static readonly TimeSpan RetryPauseLeast = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan RetryPauseLimit = TimeSpan.FromMinutes(1);

    /// <summary>The maximum number of transactions in an array; 1 to 10,000.</summary>
    public int ItemsMax { get; set; } = 1_000;

    /// <summary>The maximum length of an array, in bytes; 1,024 to 67,108,864. The server holds it in memory as a whole.</summary>
    public int BodySizeMax { get; set; } = 1_048_576;

    /// <summary>The maximum length of a line of an import, in bytes; 256 to 262,144. The server refuses longer lines and continues.</summary>
    public int LineSizeMax { get; set; } = 16_384;

    /// <summary>The maximum number of lines of an import that wait for the ledger at a time; 1 to 100,000.</summary>
    public int LinesInFlightMax { get; set; } = 1_024;

    /// <summary>The number of refused lines after which an import stops; 1 to 100,000. The server holds them until the client reads them.</summary>
    public int RefusedLinesMax { get; set; } = 1_000;

    /// <summary>The maximum number of concurrent imports; 1 to 1,000. The server refuses further ones with 503.</summary>
    /// <remarks>All imports together should leave room among the commands that may wait for a partition.</remarks>
    public int ImportsMax { get; set; } = 8;

    /// <summary>How often an import sends a line to a temporarily unavailable ledger before it stops; 1 to 100.</summary>
    public int AttemptsMax { get; set; } = 10;

    /// <summary>The longest pause between two such attempts; 1 ms to 1 min. Pauses begin short and double.</summary>
    public TimeSpan RetryPauseMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Describes an invalid value in a sentence, or returns null.</summary>
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
