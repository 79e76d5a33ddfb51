using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Pointbook.Contracts;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Json;

/// <summary>Says what is wrong with one member's value, given the type that it should have.</summary>
internal static class JsonMembers
{
    /// <summary>What is wrong with the value that the reader stands on, or null.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="property">The member.</param>
    /// <param name="isRequired">Whether it has to be there.</param>
    public static ProblemReply? Fault(ref Utf8JsonReader reader, JsonPropertyInfo property, bool isRequired)
    {
        if (!isRequired && reader.TokenType == JsonTokenType.Null)
        {
            return new ProblemReply(ProblemTable.WrongType, $"{property.Name} is null; send a value, or leave {property.Name} out.", property.Name);
        }

        if (reader.TokenType == JsonTokenType.String && !TryGetString(ref reader, out _))
        {
            return HalfSurrogate(property.Name, property.Name);
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

    /// <summary>What a token is called in a sentence.</summary>
    public static string Name(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };

    /// <summary>Reads a string, unless it holds half of a surrogate pair.</summary>
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

    /// <summary>The reply to a text that is no Unicode.</summary>
    /// <param name="what">What the text is called.</param>
    /// <param name="member">The member at fault, or null.</param>
    public static ProblemReply HalfSurrogate(string what, string? member = null) =>
        new(ProblemTable.MalformedJson, $"{what} holds half of a surrogate pair; send well-formed Unicode.", member);

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
                ProblemTable.WrongType, $"{name} is a number with a fraction or an exponent; send {Example}.", name)
            : new ProblemReply(
                ProblemTable.PointsOutOfRange, $"{name} does not fit into 64 bits; send a number from {long.MinValue} to {long.MaxValue}.", name);
    }

    private static ProblemReply? ListFault(ref Utf8JsonReader reader, string name)
    {
        const string Expected = "a list of strings";
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return WrongType(reader.TokenType, name, Expected);
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                return new ProblemReply(ProblemTable.WrongType, $"{name} holds {Name(reader.TokenType)}; send {Expected}.", name);
            }

            if (!TryGetString(ref reader, out _))
            {
                return HalfSurrogate(name, name);
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
            : new ProblemReply(ProblemTable.InvalidTimestamp, $"{name} {error}.", name);
    }

    private static ProblemReply WrongType(JsonTokenType type, string name, string expected) =>
        new(ProblemTable.WrongType, $"{name} is {Name(type)}; send {expected}.", name);
}
