using Pointbook.Ledger.Commands;

namespace Pointbook.Server.Problems;

/// <summary>One row of <see cref="ProblemTable"/>: what all problems with the same code share. Immutable.</summary>
/// <param name="Code">The stable code by which clients decide.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">The general meaning of the code.</param>
/// <param name="Retry">One of <see cref="Contracts.RetryAdvice"/>.</param>
/// <param name="RetryAfterSeconds">The value of <c>Retry-After</c>; zero for no such header.</param>
/// <param name="Refusal">The ledger's refusal that this row represents, or null.</param>
internal sealed record ProblemKind(
    string Code,
    int Status,
    string Title,
    string Retry,
    int RetryAfterSeconds = 0,
    RefusalCode? Refusal = null)
{
    /// <summary>The URI of the code: an identifier, not an address.</summary>
    public string Type { get; } = "urn:pointbook:problem:" + Code;
}
