namespace Pointbook.Contracts;

/// <summary>Whether and when to send a request again: the closed vocabulary of <see cref="Problem.Retry"/>.</summary>
public static class RetryAdvice
{
    /// <summary>Not as it is: the same request fails again until the client changes it as the detail says. Nothing was written.</summary>
    public const string AfterCorrection = "after_correction";

    /// <summary>
    /// The same request, with the same <c>Idempotency-Key</c> if it had one, succeeds once enough points have arrived.
    /// Nothing was written.
    /// </summary>
    public const string WhenPointsArrive = "when_points_arrive";

    /// <summary>The same request after the seconds of <c>Retry-After</c>. Nothing was written.</summary>
    public const string Later = "later";

    /// <summary>The same request once the operator of the server has done what its log says; waiting does not help. Nothing was written.</summary>
    public const string AfterOperator = "after_operator";

    /// <summary>
    /// It may have been written. The same request with the same <c>Idempotency-Key</c> is safe; without a key, look at the
    /// balance first.
    /// </summary>
    public const string SameKey = "same_key";
}
