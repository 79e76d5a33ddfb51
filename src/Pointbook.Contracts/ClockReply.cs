using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>The time of the server's clock.</summary>
/// <param name="Now">The time that the server confirmed or set, in UTC.</param>
public sealed record ClockReply([property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Now);
