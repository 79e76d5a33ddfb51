using System.Diagnostics.CodeAnalysis;

namespace Pointbook.Ledger.Values;

/// <summary>The client's name for one write, so that a repeat of the request does not write twice. Its scope is the account.</summary>
/// <remarks>1 to 255 printable ASCII characters, spaces included. Compared exactly.</remarks>
public sealed class IdempotencyKey : IEquatable<IdempotencyKey>
{
    /// <summary>The longest key, in characters.</summary>
    public const int LengthMax = 255;

    private IdempotencyKey(string value) => Value = value;

    /// <summary>The key itself.</summary>
    public string Value { get; }

    /// <summary>Whether both keys are the same.</summary>
    public static bool operator ==(IdempotencyKey? left, IdempotencyKey? right) => Equals(left, right);

    /// <summary>Whether the keys differ.</summary>
    public static bool operator !=(IdempotencyKey? left, IdempotencyKey? right) => !Equals(left, right);

    /// <summary>Validates a key that a client sent.</summary>
    /// <param name="text">The text, without surrounding quotes.</param>
    /// <param name="key">The key, or null if the text is invalid.</param>
    /// <param name="error">Null, or what is wrong and what to send instead: the rest of a sentence that begins with the key's name.</param>
    public static bool TryCreate(string text, [NotNullWhen(true)] out IdempotencyKey? key, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        error = text switch
        {
            "" => "is empty. Send 1 to 255 printable ASCII characters, or omit it",
            { Length: > LengthMax } => $"is {text.Length} characters long. The maximum is {LengthMax}",
            _ when text.AsSpan().ContainsAnyExceptInRange(' ', '~') => "contains a character that is not printable ASCII. Remove it",
            _ => null,
        };
        key = error is null ? new IdempotencyKey(text) : null;
        return error is null;
    }

    /// <summary>The key that a store kept. Stores keep only keys that were valid when they were created.</summary>
    /// <exception cref="ArgumentException">The text is not a valid key: something other than Pointbook changed the store.</exception>
    public static IdempotencyKey FromTrusted(string text) =>
        TryCreate(text, out IdempotencyKey? key, out string? error) ? key : throw new ArgumentException($"An idempotency key {error}.", nameof(text));

    /// <inheritdoc/>
    public bool Equals(IdempotencyKey? other) => other is not null && string.Equals(Value, other.Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as IdempotencyKey);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <summary>The key itself.</summary>
    public override string ToString() => Value;
}
