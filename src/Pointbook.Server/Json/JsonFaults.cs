using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Json;

/// <summary>Examines a body that could not be read. Describes its first fault and what to send instead.</summary>
internal static class JsonFaults
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The reply to a request without a body.</summary>
    public static ProblemReply EmptyBody() =>
        new(ProblemTable.EmptyBody, "The request has no body. Send a JSON object with -d '{…}' and -H 'Content-Type: application/json'.");

    /// <summary>Finds the first fault.</summary>
    /// <param name="body">The body.</param>
    /// <param name="typeInfo">The expected type.</param>
    /// <param name="part">The word for the body in messages: it may be a part of one.</param>
    public static ProblemReply Find(ReadOnlySpan<byte> body, JsonTypeInfo typeInfo, string part = "body")
    {
        if (body.IsEmpty)
        {
            return EmptyBody();
        }

        if (body.StartsWith(ByteOrderMark))
        {
            return Malformed($"The {part} begins with a byte order mark. Send UTF-8 without one.");
        }

        if (!Utf8.IsValid(body))
        {
            return Malformed($"The {part} is not valid UTF-8 {Place(body, ValidLength(body))}. Encode it as UTF-8.");
        }

        Utf8JsonReader reader = new(body);
        try
        {
            return FindInObject(ref reader, typeInfo, part)
                ?? Malformed($"The server could not read the {part}. Send {Expected(typeInfo)}.");
        }
        catch (JsonException exception)
        {
            // The reader has consumed everything before the invalid token. If only white space is left, the body ends too early.
            bool isCutOff = body[(int)reader.BytesConsumed..].Trim(" \t\r\n"u8).IsEmpty;
            string what = isCutOff
                ? "It ends too early"
                : $"The error is at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";
            return Malformed($"The {part} is not valid JSON. {what}. Send {Expected(typeInfo)}, and nothing after it.");
        }
    }

    private static ProblemReply? FindInObject(ref Utf8JsonReader reader, JsonTypeInfo typeInfo, string part)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return new ProblemReply(ProblemTable.WrongType, $"The {part} is {JsonMembers.Name(reader.TokenType)}. Send {Expected(typeInfo)}.");
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (FindInMember(ref reader, typeInfo, seen, part) is ProblemReply problem)
            {
                return problem;
            }
        }

        JsonPropertyInfo? missing = typeInfo.Properties.FirstOrDefault(property => IsRequired(property) && !seen.Contains(property.Name));
        if (missing is not null)
        {
            return new ProblemReply(
                ProblemTable.MissingMember, $"`{missing.Name}` is missing. Send {Expected(typeInfo)}.", missing.Name);
        }

        reader.Read();
        return null;
    }

    private static ProblemReply? FindInMember(ref Utf8JsonReader reader, JsonTypeInfo typeInfo, HashSet<string> seen, string part)
    {
        if (!JsonMembers.TryGetString(ref reader, out string name))
        {
            return JsonMembers.HalfSurrogate("A member name");
        }

        JsonPropertyInfo? property = typeInfo.Properties.FirstOrDefault(property => property.Name == name);
        if (property is null)
        {
            JsonPropertyInfo? meant = typeInfo.Properties.FirstOrDefault(
                property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase));
            string fix = meant is null ? $"Remove it. The {part} must be {Expected(typeInfo)}" : $"Send `{meant.Name}`: names are case-sensitive";
            return new ProblemReply(ProblemTable.UnknownMember, $"The member `{Shorten(name)}` is unknown. {fix}.", Shorten(name));
        }

        if (!seen.Add(name))
        {
            return new ProblemReply(ProblemTable.DuplicateMember, $"The member `{name}` is present more than once. Send it once.", name);
        }

        reader.Read();
        return JsonMembers.Fault(ref reader, property, IsRequired(property));
    }

    private static ProblemReply Malformed(string detail) => new(ProblemTable.MalformedJson, detail);

    private static string Expected(JsonTypeInfo typeInfo) =>
        (Names(typeInfo, isRequired: true), Names(typeInfo, isRequired: false)) switch
        {
            ("", string optional) => $"one JSON object (optional members: {optional})",
            (string required, "") => $"one JSON object with {required}",
            (string required, string optional) => $"one JSON object with {required} (optional: {optional})",
        };

    private static string Names(JsonTypeInfo typeInfo, bool isRequired) =>
        string.Join(", ", typeInfo.Properties.Where(property => IsRequired(property) == isRequired).Select(property => $"`{property.Name}`"));

    // In generated code, a member with an initializer is also a parameter, but it is optional.
    private static bool IsRequired(JsonPropertyInfo property) =>
        property.IsRequired || property.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false };

    private static string Shorten(string name) => name.Length <= 60 ? name : string.Concat(name.AsSpan(0, 60), "…");

    private static int ValidLength(ReadOnlySpan<byte> body)
    {
        int length = 0;
        while (Rune.DecodeFromUtf8(body[length..], out _, out int consumed) == System.Buffers.OperationStatus.Done)
        {
            length += consumed;
        }

        return length;
    }

    private static string Place(ReadOnlySpan<byte> body, int at)
    {
        ReadOnlySpan<byte> before = body[..at];
        int lines = before.Count((byte)'\n');
        return $"at line {lines + 1}, byte {at - before.LastIndexOf((byte)'\n')}";
    }
}
