using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Pointbook.Access;

/// <summary>The name of an API key, recorded on every operation that uses the key. Compared exactly, case included.</summary>
/// <remarks>
/// 1 to 64 characters from <c>A-Z a-z 0-9 . _ @ -</c>. It has no colon, so it cannot be confused with the actor of a token
/// (<c>jwt:…</c>) or of the command line (<c>cli:…</c>).
/// </remarks>
public sealed record KeyName
{
    /// <summary>The longest name, in characters.</summary>
    public const int LengthMax = 64;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-");

    private KeyName(string value) => Value = value;

    /// <summary>The name itself.</summary>
    public string Value { get; }

    /// <summary>Validates a name that a client or an operator wrote.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name, or null if the text is invalid.</param>
    /// <param name="error">Null, or what is wrong and what to write instead: the rest of a sentence that begins with what the text names.</param>
    public static bool TryCreate(string text, [NotNullWhen(true)] out KeyName? name, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        error = text switch
        {
            "" => "is empty. Name the key after its user",
            { Length: > LengthMax } => $"is {text.Length} characters long. The maximum is {LengthMax}",
            _ when text.AsSpan().ContainsAnyExcept(Allowed) => "contains an invalid character. Valid characters: A-Z a-z 0-9 . _ @ -",
            _ => null,
        };
        name = error is null ? new KeyName(text) : null;
        return error is null;
    }

    /// <summary>The name that a store kept.</summary>
    /// <exception cref="ArgumentException">The text is not a valid name: something other than Pointbook changed the store.</exception>
    public static KeyName FromTrusted(string text) =>
        TryCreate(text, out KeyName? name, out string? error) ? name : throw new ArgumentException($"The name of a key {error}.", nameof(text));

    /// <summary>The name itself.</summary>
    public override string ToString() => Value;
}
