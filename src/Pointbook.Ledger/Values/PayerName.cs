using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Pointbook.Ledger.Values;

/// <summary>The name of a payer, who funds points. Compared exactly, case included, and ordered by UTF-8 bytes.</summary>
/// <remarks>
/// 1 to 200 Unicode characters (code points) after normalization to form C, no control characters, no white space at either end.
/// Code point order equals the order of UTF-8 bytes, by which every store sorts (<c>COLLATE "C"</c>, <c>BINARY</c>).
/// </remarks>
public sealed class PayerName : IEquatable<PayerName>, IComparable<PayerName>
{
    /// <summary>The longest name, in Unicode characters.</summary>
    public const int LengthMax = 200;

    // Several dictionaries look up the payer for every entry, so its hash is computed once.
    private readonly int _hashCode;

    private PayerName(string value)
    {
        Value = value;
        _hashCode = value.GetHashCode(StringComparison.Ordinal);
    }

    /// <summary>The name in normalization form C.</summary>
    public string Value { get; }

    /// <summary>Whether both names are the same.</summary>
    public static bool operator ==(PayerName? left, PayerName? right) => Equals(left, right);

    /// <summary>Whether the names differ.</summary>
    public static bool operator !=(PayerName? left, PayerName? right) => !Equals(left, right);

    /// <summary>Whether the left name is ordered before the right one.</summary>
    public static bool operator <(PayerName left, PayerName right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left name is ordered after the right one.</summary>
    public static bool operator >(PayerName left, PayerName right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left name is not ordered after the right one.</summary>
    public static bool operator <=(PayerName left, PayerName right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left name is not ordered before the right one.</summary>
    public static bool operator >=(PayerName left, PayerName right) => left.CompareTo(right) >= 0;

    /// <summary>Validates a name that a client sent.</summary>
    /// <param name="text">The text, which this method first normalizes to form C.</param>
    /// <param name="name">The name, or null if the text is invalid.</param>
    /// <param name="error">Null, or what is wrong and what to send instead: the rest of a sentence that begins with the member's name.</param>
    public static bool TryCreate(string text, [NotNullWhen(true)] out PayerName? name, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        name = null;
        if (!TextRules.TryNormalize(text, out string? normalized))
        {
            error = "contains an unpaired surrogate or the noncharacter U+FFFE. Send well-formed Unicode";
            return false;
        }

        error = Fault(normalized);
        if (error is null)
        {
            name = new PayerName(normalized);
        }

        return error is null;
    }

    /// <summary>The name that a store kept. Stores keep only names that were valid when they were created.</summary>
    /// <exception cref="ArgumentException">The text is not a valid name: something other than Pointbook changed the store.</exception>
    /// <remarks>This method does not normalize: a later version of Unicode may normalize differently, and sealed text must not change.</remarks>
    public static PayerName FromTrusted(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Fault(text) is { } error ? throw new ArgumentException($"A payer {error}.", nameof(text)) : new PayerName(text);
    }

    /// <summary>The name that a store kept, if the text is valid.</summary>
    /// <returns>The name, or null if the text is not a valid name: something other than Pointbook changed the store.</returns>
    public static PayerName? TryFromTrusted(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Fault(text) is null ? new PayerName(text) : null;
    }

    /// <inheritdoc/>
    public bool Equals(PayerName? other) =>
        ReferenceEquals(this, other) || (other is not null && _hashCode == other._hashCode && string.Equals(Value, other.Value, StringComparison.Ordinal));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PayerName);

    /// <inheritdoc/>
    public override int GetHashCode() => _hashCode;

    /// <inheritdoc/>
    public int CompareTo(PayerName? other) => other is null ? 1 : TextRules.CompareCodePoints(Value, other.Value);

    /// <summary>The name itself.</summary>
    public override string ToString() => Value;

    private static string? Fault(string text)
    {
        if (text.Length == 0)
        {
            return "is empty. Send the name of a payer";
        }

        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            length++;
            if (Rune.IsControl(rune))
            {
                return $"contains the control character U+{rune.Value:X4}. Remove it";
            }
        }

        if (char.IsWhiteSpace(text[0]) || char.IsWhiteSpace(text[^1]))
        {
            return "is blank, or has leading or trailing white space. Trim it";
        }

        return length > LengthMax ? $"is {length} characters long. The maximum is {LengthMax}" : null;
    }
}
