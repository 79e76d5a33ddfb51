namespace Pointbook.Engine;

/// <summary>The bounds of what replies show of one operation, and of reading operations for commands. Each partition has its own.</summary>
public sealed class OperationOptions
{
    /// <summary>How many lines of an operation one reply shows; the rest is read page by page. 1 to 10,000.</summary>
    public int LinesInReplyMax { get; set; } = 100;

    /// <summary>How many operations may be read at a time for repeats, spends and commands about operations; further ones wait. 1 to 1,000.</summary>
    public int ReadsInFlightMax { get; set; } = 16;

    /// <summary>How many reversals and restores may hold all entries of their subject at a time, if it has more than one reply shows; further ones wait. 1 to 100.</summary>
    public int WholeReadsInFlightMax { get; set; } = 2;

    /// <summary>How many entries that can be: the first entry of some operations is not a line.</summary>
    internal int EntriesInReplyMax => LinesInReplyMax + 1;

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault() =>
        LinesInReplyMax is < 1 or > 10_000 ? "LinesInReplyMax must be between 1 and 10000."
        : ReadsInFlightMax is < 1 or > 1_000 ? "ReadsInFlightMax must be between 1 and 1000."
        : WholeReadsInFlightMax is < 1 or > 100 ? "WholeReadsInFlightMax must be between 1 and 100."
        : null;
}
