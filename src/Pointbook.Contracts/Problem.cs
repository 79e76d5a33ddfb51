namespace Pointbook.Contracts;

/// <summary>
/// The reason why the server did not carry out a request: the body of every error reply, <c>application/problem+json</c>
/// (RFC 9457).
/// </summary>
/// <param name="Type">A URI that contains the code. It identifies the kind of problem, and is not an address.</param>
/// <param name="Title">The meaning of the code, the same for every request.</param>
/// <param name="Status">The HTTP status of the reply.</param>
/// <param name="Detail">What is wrong with this request, and what to do. The text is for people and may change.</param>
/// <param name="Code">The stable code, by which programs must decide. Later versions may add codes.</param>
/// <param name="Retry">
/// Whether and when the client should send the same request again. <c>after_correction</c>: only after a change.
/// <c>when_points_arrive</c>: once there are enough points. <c>later</c>: after the seconds in <c>Retry-After</c>.
/// <c>after_operator</c>: once the operator of the server has acted. <c>same_key</c>: with the same <c>Idempotency-Key</c>,
/// because the server may have written.
/// </param>
public sealed record Problem(string Type, string Title, int Status, string Detail, string Code, string Retry)
{
    /// <summary>The member, header, query parameter or path parameter that has the fault. Absent if there is none.</summary>
    public string? Member { get; init; }

    /// <summary>
    /// The balance of the account, or the payer's balance if the request is a deduction. Present if <c>code</c> is
    /// <c>insufficient_points</c>, <c>insufficient_payer_points</c>, <c>points_overflow</c> or <c>account_not_empty</c>.
    /// </summary>
    public long? Available { get; init; }

    /// <summary>
    /// The number of points that the request would spend, deduct, add or return, without a sign. Present if <c>code</c> is
    /// <c>insufficient_points</c>, <c>insufficient_payer_points</c> or <c>points_overflow</c>.
    /// </summary>
    public ulong? Requested { get; init; }

    /// <summary>
    /// The payer of the refused credit or deduction. Present if <c>code</c> is <c>insufficient_payer_points</c>, or if a
    /// credit or deduction fails with <c>points_overflow</c>.
    /// </summary>
    public string? Payer { get; init; }

    /// <summary>The scope that the credentials lack. Absent unless the code is <c>missing_scope</c>.</summary>
    public string? Scope { get; init; }
}
