using System.Diagnostics.CodeAnalysis;

namespace Pointbook.Access;

/// <summary>The id of a key, which is not secret: 16 lower-case hexadecimal digits, chosen at random.</summary>
public sealed record KeyId
{
    /// <summary>The length in characters.</summary>
    public const int Length = 16;

    private KeyId(string value) => Value = value;

    /// <summary>The id itself.</summary>
    public string Value { get; }

    /// <summary>Validates an id that a client sent.</summary>
    /// <param name="text">The text.</param>
    /// <param name="id">The id, or null if the text is invalid.</param>
    public static bool TryCreate(string text, [NotNullWhen(true)] out KeyId? id)
    {
        ArgumentNullException.ThrowIfNull(text);
        id = text.Length == Length && Hexadecimal.IsLower(text) ? new KeyId(text) : null;
        return id is not null;
    }

    /// <summary>The id that a store kept.</summary>
    /// <exception cref="ArgumentException">The text is not a valid id: something other than Pointbook changed the store.</exception>
    public static KeyId FromTrusted(string text) =>
        TryCreate(text, out KeyId? id) ? id : throw new ArgumentException("The id of a key must be 16 hexadecimal digits.", nameof(text));

    /// <summary>The id itself.</summary>
    public override string ToString() => Value;
}
