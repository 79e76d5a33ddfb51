using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Pointbook.Access;

/// <summary>What people call an API key, and what is written on everything that is done with it. Compared exactly, case included.</summary>
/// <remarks>
/// 1 to 64 characters out of <c>A-Z a-z 0-9 . _ @ -</c>. There is no colon in it, so that it can never be taken for the actor
/// of a token (<c>jwt:…</c>) or of the command line (<c>cli:…</c>).
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

    /// <summary>Takes a name as somebody wrote it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name, or null if the text is none.</param>
    /// <param name="error">Null, or what is wrong and what to write instead, as the end of a sentence that began with what it is called.</param>
    public static bool TryCreate(string text, [NotNullWhen(true)] out KeyName? name, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        error = text switch
        {
            "" => "is empty; name the key after who uses it",
            { Length: > LengthMax } => $"is {text.Length} characters long; use at most {LengthMax}",
            _ when text.AsSpan().ContainsAnyExcept(Allowed) => "holds a character that is not allowed; use A-Z a-z 0-9 . _ @ -",
            _ => null,
        };
        name = error is null ? new KeyName(text) : null;
        return error is null;
    }

    /// <summary>The name that a store kept.</summary>
    /// <exception cref="ArgumentException">The text is no name: the store was changed by somebody else.</exception>
    public static KeyName FromTrusted(string text) =>
        TryCreate(text, out KeyName? name, out string? error) ? name : throw new ArgumentException($"The name of a key {error}.", nameof(text));

    /// <summary>The name itself.</summary>
    public override string ToString() => Value;
}
