namespace Pointbook.Contracts;

/// <summary>The last line of the reply to an import. A reply without it broke off, and the import may not have ended either.</summary>
/// <param name="Accepted">How many lines were written now.</param>
/// <param name="Replayed">How many had been written before, with the same key.</param>
/// <param name="Refused">How many were refused; the reply has a line for each.</param>
/// <param name="LastLine">The last line that was answered: every line up to it is counted, blank ones aside, and none after it was touched.</param>
public sealed record BulkSummary(long Accepted, long Replayed, long Refused, long LastLine)
{
    /// <summary>Why the import ended before the lines did; to resume, send those after <see cref="LastLine"/>. Null if it went to the end.</summary>
    public Problem? Stopped { get; init; }
}
