namespace Pointbook.Contracts;

/// <summary>
/// The last line of the reply to an import. If a reply has no such line, it broke off, and the import may be incomplete.
/// </summary>
/// <param name="Accepted">The number of lines that the server wrote now.</param>
/// <param name="Replayed">The number of lines that the server had already written for the same idempotency key.</param>
/// <param name="Refused">The number of refused lines. The reply has one line for each of them.</param>
/// <param name="LastLine">
/// The number of the last line that the server processed, or 0 if it processed none. The counts include every line up to it,
/// except blank lines. The server did not process any later line.
/// </param>
public sealed record BulkSummary(long Accepted, long Replayed, long Refused, long LastLine)
{
    /// <summary>
    /// The reason why the import stopped early. Absent if the server processed all lines. To resume, first send again the
    /// refused lines whose <c>retry</c> is <c>later</c>, or <c>same_key</c> if they have an idempotency key. Then send the
    /// lines after <c>lastLine</c>.
    /// </summary>
    public Problem? Stopped { get; init; }
}
