using Pointbook.Server.Problems;

namespace Pointbook.Server.OpenApi;

/// <summary>Problems within a reply, each about one item of the request. Immutable.</summary>
/// <param name="Kinds">Rows of <see cref="ProblemTable"/>.</param>
internal sealed record ApiItemRefusals(IReadOnlyList<ProblemKind> Kinds);
