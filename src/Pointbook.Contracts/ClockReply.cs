using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>The time of the server.</summary>
/// <param name="Now">What its clock shows.</param>
public sealed record ClockReply([property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Now);
