using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pointbook.Contracts;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Json;

/// <summary>Describes the fault in one member's value, given the expected type.</summary>
internal static class JsonMembers
{
    /// <summary>Describes the fault in the value at the reader's position, or returns null.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="property">The member.</param>
    /// <param name="isRequired">Whether the member is required.</param>
    public static ProblemReply? Fault(ref Utf8JsonReader reader, JsonPropertyInfo property, bool isRequired)
    {
        if (!isRequired && reader.TokenType == JsonTokenType.Null)
        {
            return new ProblemReply(ProblemTable.WrongType, $"`{property.Name}` must not be null. Send a value, or omit `{property.Name}`.", property.Name);
        }

        if (reader.TokenType == JsonTokenType.String && !TryGetString(ref reader, out _))
        {
            return HalfSurrogate($"`{property.Name}`", property.Name);
        }

        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (type == typeof(long))
        {
            return NumberFault(ref reader, property.Name);
        }

        if (type == typeof(DateTimeOffset))
        {
            return TimestampFault(ref reader, property.Name);
        }

        if (type == typeof(IReadOnlyList<string>))
        {
            return ListFault(ref reader, property.Name);
        }

        return type == typeof(string) && reader.TokenType != JsonTokenType.String
            ? WrongType(reader.TokenType, property.Name, "a string")
            : null;
    }

    /// <summary>The word for a token in messages.</summary>
    public static string Name(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };

    /// <summary>Reads a string, unless it contains an unpaired surrogate.</summary>
    public static bool TryGetString(ref Utf8JsonReader reader, out string text)
    {
        try
        {
            text = reader.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }

    /// <summary>The reply to a text with an unpaired surrogate.</summary>
    /// <param name="what">The word for the text in messages.</param>
    /// <param name="member">The member with the fault, or null.</param>
    public static ProblemReply HalfSurrogate(string what, string? member = null) =>
        new(ProblemTable.MalformedJson, $"{what} contains an unpaired surrogate. Send well-formed Unicode.", member);

    private static ProblemReply? NumberFault(ref Utf8JsonReader reader, string name)
    {
        const string Example = "a whole number such as 300";
        if (reader.TokenType != JsonTokenType.Number)
        {
            return WrongType(reader.TokenType, name, Example + (reader.TokenType == JsonTokenType.String ? " without quotes" : ""));
        }

        if (reader.TryGetInt64(out _))
        {
            return null;
        }

        return reader.ValueSpan.ContainsAny((byte)'.', (byte)'e', (byte)'E')
            ? new ProblemReply(
                ProblemTable.WrongType, $"`{name}` has a fraction or an exponent. Send {Example}.", name)
            : new ProblemReply(
                ProblemTable.PointsOutOfRange, $"`{name}` does not fit in a signed 64-bit integer. Send a number from {long.MinValue} to {long.MaxValue}.", name);
    }

    private static ProblemReply? ListFault(ref Utf8JsonReader reader, string name)
    {
        const string Expected = "an array of strings";
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return WrongType(reader.TokenType, name, Expected);
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                return new ProblemReply(ProblemTable.WrongType, $"`{name}` contains {Name(reader.TokenType)}. Send {Expected}.", name);
            }

            if (!TryGetString(ref reader, out _))
            {
                return HalfSurrogate($"`{name}`", name);
            }
        }

        return null;
    }

    private static ProblemReply? TimestampFault(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return WrongType(reader.TokenType, name, $"a string such as \"{Rfc3339.Example}\"");
        }

        return Rfc3339.TryParse(reader.GetString()!, out _, out string? error)
            ? null
            : new ProblemReply(ProblemTable.InvalidTimestamp, $"`{name}` {error}.", name);
    }

    private static ProblemReply WrongType(JsonTokenType type, string name, string expected) =>
        new(ProblemTable.WrongType, $"`{name}` is {Name(type)}. Send {expected}.", name);
}
