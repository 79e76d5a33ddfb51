namespace Pointbook.Engine;

/// <summary>The bounds of an operation in replies, and of the reads of operations for commands. They apply to each partition.</summary>
public sealed class OperationOptions
{
    /// <summary>The most lines of an operation in one reply. Clients read further ones page by page. 1 to 10,000.</summary>
    public int LinesInReplyMax { get; set; } = 100;

    /// <summary>The most concurrent reads of operations, for replays, spends and commands about operations. Further reads wait. 1 to 1,000.</summary>
    public int ReadsInFlightMax { get; set; } = 16;

    /// <summary>The most reversals and restores that may hold all entries of a subject too large for one reply. Further ones wait. 1 to 100.</summary>
    public int WholeReadsInFlightMax { get; set; } = 2;

    /// <summary>The most entries in one reply. The first entry of some operations is not a line.</summary>
    internal int EntriesInReplyMax => LinesInReplyMax + 1;

    /// <summary>The first invalid value, as a sentence, or null.</summary>
    public string? Fault() =>
        LinesInReplyMax is < 1 or > 10_000 ? "LinesInReplyMax must be between 1 and 10000."
        : ReadsInFlightMax is < 1 or > 1_000 ? "ReadsInFlightMax must be between 1 and 1000."
        : WholeReadsInFlightMax is < 1 or > 100 ? "WholeReadsInFlightMax must be between 1 and 100."
        : null;
}
