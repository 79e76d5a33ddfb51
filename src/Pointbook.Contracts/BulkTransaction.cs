using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A transaction to add: an item of an array, or a line of an import.</summary>
/// <param name="Account">
/// The account key: 1 to 128 characters from <c>A-Z a-z 0-9 . _ : @ -</c>, but not <c>.</c> or <c>..</c>. The first write to
/// an account creates it.
/// </param>
/// <param name="Payer">
/// The payer, who funds the points: 1 to 200 Unicode characters, without control characters or surrounding white space.
/// Case-sensitive.
/// </param>
/// <param name="Points">The number of points, not 0. A positive number is a credit. A negative number is a deduction.</param>
/// <param name="Timestamp">
/// The time at which the transaction happened: RFC 3339 with an offset. The server stores microseconds of UTC, and cuts off
/// finer digits. The time may be at most <c>Partition:FutureMax</c> in the future, by default 24 hours.
/// </param>
public sealed record BulkTransaction(
    string Account,
    string Payer,
    long Points,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp)
{
    /// <summary>
    /// The key that identifies this write within the account, so that a repeat does not write again. Optional: 1 to 255
    /// printable ASCII characters. Without a key, a repeat is a new transaction.
    /// </summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// The time at which the remaining points of a credit expire. It must be later than <c>timestamp</c>. A deduction must
    /// not have it. If a credit omits it, the server option <c>Expiry:After</c> determines the expiry. By default, the
    /// points of such a credit never expire.
    /// </summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>
    /// The client's own identifier for the transaction, such as an order number. Optional: 1 to 200 Unicode characters,
    /// without control characters.
    /// </summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reference { get; init; }

    /// <summary>
    /// The client's reason for the transaction. Optional: 1 to 500 Unicode characters, without control characters.
    /// </summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reason { get; init; }
}
