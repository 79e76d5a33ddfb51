using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>Reads and writes a list of texts. JSON null is invalid, both as the list and as an item.</summary>
public sealed class TextListConverter : JsonConverter<IReadOnlyList<string>>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    /// <exception cref="JsonException">The value is not an array of strings.</exception>
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("is not an array");
        }

        List<string> texts = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            texts.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("contains a value that is not a string"));
        }

        return texts;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartArray();
        foreach (string text in value)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}
