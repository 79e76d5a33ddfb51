namespace Pointbook.Engine;

/// <summary>The bounds of what replies show of one operation.</summary>
public sealed class OperationOptions
{
    /// <summary>How many lines of an operation one reply shows; the rest is read page by page. 1 to 10,000.</summary>
    public int LinesInReplyMax { get; set; } = 100;

    /// <summary>How many entries that can be: the first entry of some operations is not a line.</summary>
    internal int EntriesInReplyMax => LinesInReplyMax + 1;

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault() =>
        LinesInReplyMax is < 1 or > 10_000 ? "LinesInReplyMax must be between 1 and 10000." : null;
}
