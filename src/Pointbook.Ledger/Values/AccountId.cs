using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Pointbook.Ledger.Values;

/// <summary>The key of an account, which names the holder of points. Compared and ordered exactly, case included.</summary>
/// <remarks>1 to 128 characters from <c>A-Z a-z 0-9 . _ : @ -</c>, but not <c>.</c> or <c>..</c>, so it is safe in a URL.</remarks>
public sealed class AccountId : IEquatable<AccountId>, IComparable<AccountId>
{
    /// <summary>The longest key, in characters.</summary>
    public const int LengthMax = 128;

    // A client cannot send such a key, because the tilde is invalid.
    private const string ErasedPrefix = "~erased-";

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:@-");

    // Several dictionaries look up the account for every command, so its hash is computed once.
    private readonly int _hashCode;

    private AccountId(string value)
    {
        Value = value;
        _hashCode = value.GetHashCode(StringComparison.Ordinal);
    }

    /// <summary>The account of the classic routes.</summary>
    public static AccountId Default { get; } = new("default");

    /// <summary>The key itself.</summary>
    public string Value { get; }

    /// <summary>Whether it replaces the key of an erased account. A client cannot name such an account.</summary>
    public bool IsErased => Value[0] == ErasedPrefix[0];

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

    /// <summary>Validates a key that a client sent.</summary>
    /// <param name="text">The text.</param>
    /// <param name="account">The key, or null if the text is invalid.</param>
    /// <param name="error">Null, or what is wrong and what to send instead: the rest of a sentence that begins with the member's name.</param>
    public static bool TryCreate(string text, [NotNullWhen(true)] out AccountId? account, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        error = text switch
        {
            "" => "is empty. Use an account key",
            "." or ".." => "must not be . or .., which have a special meaning in URLs. Use another key",
            { Length: > LengthMax } => $"is {text.Length} characters long. The maximum is {LengthMax}",
            _ when text.AsSpan().ContainsAnyExcept(Allowed) => "contains an invalid character. Valid characters: A-Z a-z 0-9 . _ : @ -",
            _ => null,
        };
        account = error is null ? new AccountId(text) : null;
        return error is null;
    }

    /// <summary>The replacement for the key of an erased account: <c>~erased-</c> and the sequence of the account's first entry.</summary>
    public static AccountId Erased(Sequence opening) => new(string.Create(CultureInfo.InvariantCulture, $"{ErasedPrefix}{opening.Value}"));

    /// <summary>The key that a store kept, or the replacement for an erased key.</summary>
    /// <returns>Null if no store keeps such a text.</returns>
    public static AccountId? TryFromStored(string text)
    {
        if (TryCreate(text, out AccountId? account, out _))
        {
            return account;
        }

        bool isErased = text.StartsWith(ErasedPrefix, StringComparison.Ordinal)
            && long.TryParse(text.AsSpan(ErasedPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long opening) && opening > 0
            && Erased(new Sequence(opening)).Value == text;
        return isErased ? new AccountId(text) : null;
    }

    /// <summary>The key that a store kept. Stores keep only keys that were valid when they were created.</summary>
    /// <exception cref="ArgumentException">The text is not a valid key: something other than Pointbook changed the store.</exception>
    public static AccountId FromTrusted(string text) =>
        TryFromStored(text) ?? throw new ArgumentException("The text is not a valid account key.", nameof(text));

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
