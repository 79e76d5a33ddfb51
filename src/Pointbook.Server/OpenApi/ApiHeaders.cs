namespace Pointbook.Server.OpenApi;

/// <summary>The headers that several operations answer with.</summary>
internal static class ApiHeaders
{
    /// <summary>Says that an answer is one that was given before.</summary>
    public static ApiHeader Replayed { get; } = new("Idempotency-Replayed", "There, and true, if the answer to an earlier request with the same key is given again.", "true");

    /// <summary>Where what was created is found.</summary>
    public static ApiHeader Location { get; } = new("Location", "The path of what was created.", "/v1/accounts/alice/transactions/000000000000000e");
}
