using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Pointbook.Ledger.Values;

/// <summary>The key of an account: who holds points. Compared and ordered exactly, case included.</summary>
/// <remarks>1 to 128 characters out of <c>A-Z a-z 0-9 . _ : @ -</c>, and neither <c>.</c> nor <c>..</c>, so that it is safe in a URL.</remarks>
public sealed class AccountId : IEquatable<AccountId>, IComparable<AccountId>
{
    /// <summary>The longest key, in characters.</summary>
    public const int LengthMax = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@-");

    // An account is looked up in several dictionaries for every command, so its hash is computed once.
    private readonly int _hashCode;

    private AccountId(string value)
    {
        Value = value;
        _hashCode = value.GetHashCode(StringComparison.Ordinal);
    }

    /// <summary>The account that the classic routes work on.</summary>
    public static AccountId Default { get; } = new("default");

    /// <summary>The key itself.</summary>
    public string Value { get; }

    /// <summary>Whether both keys are the same.</summary>
    public static bool operator ==(AccountId? left, AccountId? right) => Equals(left, right);

    /// <summary>Whether the keys differ.</summary>
    public static bool operator !=(AccountId? left, AccountId? right) => !Equals(left, right);

    /// <summary>Whether the left key is ordered before the right one.</summary>
    public static bool operator <(AccountId left, AccountId right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left key is ordered after the right one.</summary>
    public static bool operator >(AccountId left, AccountId right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left key is not ordered after the right one.</summary>
    public static bool operator <=(AccountId left, AccountId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left key is not ordered before the right one.</summary>
    public static bool operator >=(AccountId left, AccountId right) => left.CompareTo(right) >= 0;

    /// <summary>Takes a key as a client sent it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="account">The key, or null if the text is none.</param>
    /// <param name="error">Null, or what is wrong and what to send instead, as the end of a sentence that began with the member's name.</param>
    public static bool TryCreate(string text, [NotNullWhen(true)] out AccountId? account, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        error = text switch
        {
            "" => "is empty; name the account",
            "." or ".." => "is a path segment with a meaning of its own; choose another key",
            { Length: > LengthMax } => $"is {text.Length} characters long; send at most {LengthMax}",
            _ when text.AsSpan().ContainsAnyExcept(Allowed) => "holds a character that is not allowed; use A-Z a-z 0-9 . _ : @ -",
            _ => null,
        };
        account = error is null ? new AccountId(text) : null;
        return error is null;
    }

    /// <summary>The key that a store kept. Stores keep only keys that were valid when they were created.</summary>
    /// <exception cref="ArgumentException">The text is not a valid key: the store was changed by somebody else.</exception>
    public static AccountId FromTrusted(string text) =>
        TryCreate(text, out AccountId? account, out string? error) ? account : throw new ArgumentException($"An account key {error}.", nameof(text));

    /// <inheritdoc/>
    public bool Equals(AccountId? other) => other is not null && string.Equals(Value, other.Value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as AccountId);

    /// <inheritdoc/>
    public override int GetHashCode() => _hashCode;

    /// <inheritdoc/>
    public int CompareTo(AccountId? other) => other is null ? 1 : string.CompareOrdinal(Value, other.Value);

    /// <summary>The key itself.</summary>
    public override string ToString() => Value;
}
