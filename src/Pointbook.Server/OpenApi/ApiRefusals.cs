using Pointbook.Server.Problems;

namespace Pointbook.Server.OpenApi;

/// <summary>Problems with which an operation may reply. Several of these add up. Immutable.</summary>
/// <param name="Kinds">Rows of <see cref="ProblemTable"/>.</param>
internal sealed record ApiRefusals(IReadOnlyList<ProblemKind> Kinds);
