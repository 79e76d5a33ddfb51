namespace Pointbook.Contracts;

/// <summary>The valid values of <see cref="Problem.Retry"/>. The list is complete.</summary>
public static class RetryAdvice
{
    /// <summary>
    /// Do not send the same request again: it fails until the client changes it as the detail says. Nothing was written.
    /// </summary>
    public const string AfterCorrection = "after_correction";

    /// <summary>
    /// Send the same request again once enough points have arrived, with the same <c>Idempotency-Key</c> if it had one.
    /// Nothing was written.
    /// </summary>
    public const string WhenPointsArrive = "when_points_arrive";

    /// <summary>Send the same request again after the number of seconds in <c>Retry-After</c>. Nothing was written.</summary>
    public const string Later = "later";

    /// <summary>
    /// Send the same request again once the operator of the server has acted. Waiting alone does not help. Nothing was
    /// written.
    /// </summary>
    public const string AfterOperator = "after_operator";

    /// <summary>
    /// The server may have carried out the request. Sending it again with the same <c>Idempotency-Key</c> is safe. If it had
    /// no key, check the balance first.
    /// </summary>
    public const string SameKey = "same_key";
}
