using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>The result of an import. Immutable.</summary>
/// <param name="Summary">The numbers of lines that were written, had already been written, and were refused, and how far the import got.</param>
/// <param name="Refused">The refused lines, with the reasons. The server stops before there are too many.</param>
public sealed record ImportResult(BulkSummary Summary, IReadOnlyList<BulkRefusedLine> Refused);
