using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>What became of an import. Immutable.</summary>
/// <param name="Summary">How many lines were written, had been written, and were refused, and how far it came.</param>
/// <param name="Refused">The lines that were refused, with why. The server stops before there are too many.</param>
public sealed record ImportResult(BulkSummary Summary, IReadOnlyList<BulkRefusedLine> Refused);
