using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>
/// The body of <c>POST /addTransaction</c>. It adds a transaction to the account <c>default</c>. No other member is valid.
/// </summary>
/// <param name="Payer">
/// The payer, who funds the points: 1 to 200 Unicode characters, without control characters or surrounding white space.
/// Case-sensitive.
/// </param>
/// <param name="Points">The number of points, not 0. A positive number is a credit. A negative number is a deduction.</param>
/// <param name="Timestamp">
/// The time at which the transaction happened: RFC 3339 with an offset. The server stores microseconds of UTC, and cuts off
/// finer digits. The time may be at most <c>Partition:FutureMax</c> in the future, by default 24 hours.
/// </param>
public sealed record ClassicTransactionRequest(
    string Payer,
    long Points,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp);
