namespace Pointbook.Server.OpenApi;

/// <summary>The reply headers that several operations share.</summary>
internal static class ApiHeaders
{
    /// <summary>Marks a repeated reply.</summary>
    public static ApiHeader Replayed { get; } = new("Idempotency-Replayed", "Present, with the value `true`, if the server repeats its reply to an earlier request with the same key.", "true");

    /// <summary>The path of the created resource.</summary>
    public static ApiHeader Location { get; } = new("Location", "The path of the created resource.", "/v1/accounts/alice/transactions/000000000000000e");
}
