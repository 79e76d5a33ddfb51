using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>The result of an import. Immutable.</summary>
/// <param name="Summary">How many lines the server wrote, had already written and refused, and how far the import got.</param>
/// <param name="Refused">
/// The refused lines in order, with the reasons. The server stops an import after <c>Bulk:RefusedLinesMax</c> refused lines,
/// by default 1,000.
/// </param>
public sealed record ImportResult(BulkSummary Summary, IReadOnlyList<BulkRefusedLine> Refused);
