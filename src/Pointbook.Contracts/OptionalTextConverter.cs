using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>
/// Reads and writes an optional text. The member may be omitted, but JSON null is invalid: a client that sends null may mean
/// more than an omission.
/// </summary>
public sealed class OptionalTextConverter : JsonConverter<string?>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    /// <exception cref="JsonException">The value is not a string.</exception>
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString() : throw new JsonException("is not a string");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value);
    }
}
