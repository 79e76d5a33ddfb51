using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Json;

/// <summary>Goes through a body that could not be read, and says the first thing that is wrong with it and what to send instead.</summary>
internal static class JsonFaults
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The reply to a request without a body.</summary>
    public static ProblemReply EmptyBody() =>
        new(ProblemTable.EmptyBody, "The request has no body; send a JSON object with -d '{…}' and -H 'Content-Type: application/json'.");

    /// <summary>Finds what is wrong.</summary>
    /// <param name="body">The body.</param>
    /// <param name="typeInfo">What should have been in it.</param>
    /// <param name="part">What the body is called in sentences: it may be a part of one.</param>
    public static ProblemReply Find(ReadOnlySpan<byte> body, JsonTypeInfo typeInfo, string part = "body")
    {
        if (body.IsEmpty)
        {
            return EmptyBody();
        }

        if (body.StartsWith(ByteOrderMark))
        {
            return Malformed($"The {part} begins with a byte order mark; send UTF-8 without one.");
        }

        if (!Utf8.IsValid(body))
        {
            return Malformed($"The {part} is not valid UTF-8 {Place(body, ValidLength(body))}; send it in UTF-8.");
        }

        Utf8JsonReader reader = new(body);
        try
        {
            return FindInObject(ref reader, typeInfo, part)
                ?? Malformed($"The {part} could not be read; send {Expected(typeInfo)}.");
        }
        catch (JsonException exception)
        {
            // The reader has consumed all but the token that is wrong; if only blanks are left, there is none.
            bool isCutOff = body[(int)reader.BytesConsumed..].Trim(" \t\r\n"u8).IsEmpty;
            string what = isCutOff
                ? "It ends too early"
                : $"It goes wrong at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";
            return Malformed($"The {part} is not valid JSON. {what}; send {Expected(typeInfo)} and nothing after it.");
        }
    }

    private static ProblemReply? FindInObject(ref Utf8JsonReader reader, JsonTypeInfo typeInfo, string part)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return new ProblemReply(ProblemTable.WrongType, $"The {part} is {JsonMembers.Name(reader.TokenType)}; send {Expected(typeInfo)}.");
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
                ProblemTable.MissingMember, $"{missing.Name} is missing; send {Expected(typeInfo)}.", missing.Name);
        }

        reader.Read();
        return null;
    }

    private static ProblemReply? FindInMember(ref Utf8JsonReader reader, JsonTypeInfo typeInfo, HashSet<string> seen, string part)
    {
        if (!JsonMembers.TryGetString(ref reader, out string name))
        {
            return JsonMembers.HalfSurrogate("A member's name");
        }

        JsonPropertyInfo? property = typeInfo.Properties.FirstOrDefault(property => property.Name == name);
        if (property is null)
        {
            JsonPropertyInfo? meant = typeInfo.Properties.FirstOrDefault(
                property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase));
            string fix = meant is null ? $"remove it: the {part} is {Expected(typeInfo)}" : $"send {meant.Name}: names are case-sensitive";
            return new ProblemReply(ProblemTable.UnknownMember, $"{Shorten(name)} is not known here; {fix}.", Shorten(name));
        }

        if (!seen.Add(name))
        {
            return new ProblemReply(ProblemTable.DuplicateMember, $"{name} is there twice; send it once.", name);
        }

        reader.Read();
        return JsonMembers.Fault(ref reader, property, IsRequired(property));
    }

    private static ProblemReply Malformed(string detail) => new(ProblemTable.MalformedJson, detail);

    private static string Expected(JsonTypeInfo typeInfo) =>
        (Names(typeInfo, isRequired: true), Names(typeInfo, isRequired: false)) switch
        {
            ("", string optional) => $"one JSON object, with {optional} where needed",
            (string required, "") => $"one JSON object with {required}",
            (string required, string optional) => $"one JSON object with {required}, and {optional} where needed",
        };

    private static string Names(JsonTypeInfo typeInfo, bool isRequired) =>
        string.Join(" and ", typeInfo.Properties.Where(property => IsRequired(property) == isRequired).Select(property => property.Name));

    // What is set by an initializer is a parameter as well in generated code, and may be absent.
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
