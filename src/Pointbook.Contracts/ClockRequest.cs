using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A time with which an operator confirms the server's clock, or to which a client sets a test clock.</summary>
/// <param name="Now">
/// The time: RFC 3339 with an offset. For a confirmation, it must be within 5 minutes of the server's clock. For a test
/// clock, it must not be before the last commit, and must be before the year 9000.
/// </param>
public sealed record ClockRequest([property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Now);
