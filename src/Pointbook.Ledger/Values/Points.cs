using System.Globalization;

namespace Pointbook.Ledger.Values;

/// <summary>A signed, whole number of points: from -2^63 to 2^63 - 1.</summary>
/// <remarks>
/// Arithmetic is checked. Where a client's number could overflow, the rules call <see cref="TryAdd"/> first. So an
/// <see cref="OverflowException"/> from an operator is a bug, never a refusal.
/// </remarks>
/// <param name="Value">The number itself.</param>
public readonly record struct Points(long Value) : IComparable<Points>
{
    /// <summary>No points.</summary>
    public static Points Zero => default;

    /// <summary>The number without its sign. It fits for every value, -2^63 included.</summary>
    public ulong Magnitude => Value >= 0 ? (ulong)Value : unchecked((ulong)-Value);

    /// <summary>Whether this is more than zero.</summary>
    public bool IsPositive => Value > 0;

    /// <summary>Whether this is less than zero.</summary>
    public bool IsNegative => Value < 0;

    /// <summary>Whether this is zero.</summary>
    public bool IsZero => Value == 0;

    /// <summary>The sum of two amounts.</summary>
    /// <exception cref="OverflowException">The sum does not fit.</exception>
    public static Points operator +(Points left, Points right) => new(checked(left.Value + right.Value));

    /// <summary>The difference of two amounts.</summary>
    /// <exception cref="OverflowException">The difference does not fit.</exception>
    public static Points operator -(Points left, Points right) => new(checked(left.Value - right.Value));

    /// <summary>The same amount with the other sign.</summary>
    /// <exception cref="OverflowException">The amount is -2^63.</exception>
    public static Points operator -(Points points) => new(checked(-points.Value));

    /// <summary>Whether the left amount is the smaller one.</summary>
    public static bool operator <(Points left, Points right) => left.Value < right.Value;

    /// <summary>Whether the left amount is the larger one.</summary>
    public static bool operator >(Points left, Points right) => left.Value > right.Value;

    /// <summary>Whether the left amount is not the larger one.</summary>
    public static bool operator <=(Points left, Points right) => left.Value <= right.Value;

    /// <summary>Whether the left amount is not the smaller one.</summary>
    public static bool operator >=(Points left, Points right) => left.Value >= right.Value;

    /// <summary>The smaller of two amounts.</summary>
    public static Points Min(Points left, Points right) => left <= right ? left : right;

    /// <summary>Adds two amounts unless the sum does not fit.</summary>
    /// <returns>Whether <paramref name="sum"/> is the sum; otherwise it is zero.</returns>
    public static bool TryAdd(Points left, Points right, out Points sum)
    {
        long value = unchecked(left.Value + right.Value);
        // The sum overflowed if and only if both operands have one sign and the sum has the other.
        bool fits = ((left.Value ^ value) & (right.Value ^ value)) >= 0;
        sum = fits ? new Points(value) : Zero;
        return fits;
    }

    /// <inheritdoc/>
    public int CompareTo(Points other) => Value.CompareTo(other.Value);

    /// <summary>The number with invariant digits, such as <c>-200</c>.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
