namespace Pointbook.Contracts;

/// <summary>One line of the reply to an import: a line that was refused.</summary>
/// <param name="Line">Its number, from 1; blank lines count.</param>
/// <param name="Problem">Why it was refused.</param>
public sealed record BulkRefusedLine(long Line, Problem Problem);
