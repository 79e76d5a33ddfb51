using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>Reads and writes timestamps in JSON, in the form that <see cref="Rfc3339"/> defines.</summary>
public sealed class Rfc3339Converter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    /// <exception cref="JsonException">The value is not a valid timestamp as a string. The message states the fault.</exception>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            throw new JsonException("is not a string. Send a timestamp such as \"" + Rfc3339.Example + "\"");
        }

        return TryRead(ref reader, out DateTimeOffset value, out string? error) ? value : throw new JsonException(error);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Span<byte> text = stackalloc byte[Rfc3339.LengthMax];
        writer.WriteStringValue(text[..Rfc3339.Format(value, text)]);
    }

    private static bool TryRead(ref Utf8JsonReader reader, out DateTimeOffset value, out string? error)
    {
        if (!reader.ValueIsEscaped)
        {
            return Rfc3339.TryParse(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan, out value, out error);
        }

        return Rfc3339.TryParse(Encoding.UTF8.GetBytes(reader.GetString()!), out value, out error);
    }
}
