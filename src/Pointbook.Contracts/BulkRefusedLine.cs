namespace Pointbook.Contracts;

/// <summary>One line of the reply to an import. It reports a refused line.</summary>
/// <param name="Line">The number of the refused line, from 1. Blank lines count.</param>
/// <param name="Problem">The reason for the refusal.</param>
public sealed record BulkRefusedLine(long Line, Problem Problem);
