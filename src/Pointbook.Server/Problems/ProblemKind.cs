using Pointbook.Ledger.Commands;

namespace Pointbook.Server.Problems;

/// <summary>One row of <see cref="ProblemTable"/>: what is the same in every problem of a code. Immutable.</summary>
/// <param name="Code">The stable code that clients decide by.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">What the code means in general.</param>
/// <param name="Retry">One of <see cref="Contracts.RetryAdvice"/>.</param>
/// <param name="RetryAfterSeconds">What <c>Retry-After</c> says; zero if there is no such header.</param>
/// <param name="Refusal">The ledger's refusal that the row stands for, or null.</param>
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
