using System.Diagnostics.CodeAnalysis;

namespace Pointbook.Access;

/// <summary>What a key is found by: the part of it that is no secret. 16 lower-case hexadecimal digits, chosen at random.</summary>
public sealed record KeyId
{
    /// <summary>The length in characters.</summary>
    public const int Length = 16;

    private KeyId(string value) => Value = value;

    /// <summary>The id itself.</summary>
    public string Value { get; }

    /// <summary>Takes an id as a client sent it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="id">The id, or null if the text is none.</param>
    public static bool TryCreate(string text, [NotNullWhen(true)] out KeyId? id)
    {
        ArgumentNullException.ThrowIfNull(text);
        id = text.Length == Length && Hexadecimal.IsLower(text) ? new KeyId(text) : null;
        return id is not null;
    }

    /// <summary>The id that a store kept.</summary>
    /// <exception cref="ArgumentException">The text is no id: the store was changed by somebody else.</exception>
    public static KeyId FromTrusted(string text) =>
        TryCreate(text, out KeyId? id) ? id : throw new ArgumentException("The id of a key is not 16 hexadecimal digits.", nameof(text));

    /// <summary>The id itself.</summary>
    public override string ToString() => Value;
}
