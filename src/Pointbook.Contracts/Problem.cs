namespace Pointbook.Contracts;

/// <summary>Why a request was not carried out: the body of every error reply, <c>application/problem+json</c> (RFC 9457).</summary>
/// <param name="Type">A URI made of the code; an identifier, not an address.</param>
/// <param name="Title">What the code means in general.</param>
/// <param name="Status">The HTTP status of the reply.</param>
/// <param name="Detail">What is wrong with this request and what to do about it.</param>
/// <param name="Code">The stable code that programs decide by.</param>
/// <param name="Retry">Whether and when to send it again: one of <see cref="RetryAdvice"/>.</param>
public sealed record Problem(string Type, string Title, int Status, string Detail, string Code, string Retry)
{
    /// <summary>The member, header or path parameter that is at fault, if there is one.</summary>
    public string? Member { get; init; }

    /// <summary>How many points there are, where too few are the reason.</summary>
    public long? Available { get; init; }

    /// <summary>How many points were asked for, without a sign, where too few are the reason.</summary>
    public ulong? Requested { get; init; }

    /// <summary>The payer the reason is about.</summary>
    public string? Payer { get; init; }

    /// <summary>The scope that the credentials lack.</summary>
    public string? Scope { get; init; }
}
