using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>Reads and writes timestamps as <see cref="Rfc3339Converter"/> does. They may be left out and must not be null.</summary>
public sealed class OptionalRfc3339Converter : JsonConverter<DateTimeOffset?>
{
    private static readonly Rfc3339Converter Present = new();

    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    /// <exception cref="JsonException">The value is not a string that holds a timestamp; the message says what is wrong with it.</exception>
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
