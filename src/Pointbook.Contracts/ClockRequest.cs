using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A time to confirm the server's clock with, or to set a test clock to.</summary>
/// <param name="Now">The time.</param>
public sealed record ClockRequest([property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Now);
