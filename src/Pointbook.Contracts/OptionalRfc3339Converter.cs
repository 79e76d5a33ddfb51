using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>
/// Reads and writes optional timestamps as <see cref="Rfc3339Converter"/> does. The member may be omitted, but JSON null is
/// invalid.
/// </summary>
public sealed class OptionalRfc3339Converter : JsonConverter<DateTimeOffset?>
{
    private static readonly Rfc3339Converter Present = new();

    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    /// <exception cref="JsonException">The value is not a valid timestamp as a string. The message states the fault.</exception>
    public override DateTimeOffset? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Present.Read(ref reader, typeof(DateTimeOffset), options);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset? value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (value is { } present)
        {
            Present.Write(writer, present, options);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
