using System.Globalization;

namespace Pointbook.Ledger.Values;

/// <summary>The position of an entry in the journal of its partition: 1, 2, 3 … without a gap. 0 is before the first entry.</summary>
/// <param name="Value">The number itself, never negative.</param>
public readonly record struct Sequence(long Value) : IComparable<Sequence>
{
    /// <summary>The position before the first entry.</summary>
    public static Sequence Zero => default;

    /// <summary>The position after this one.</summary>
    public Sequence Next => new(checked(Value + 1));

    /// <summary>Whether the left position comes first.</summary>
    public static bool operator <(Sequence left, Sequence right) => left.Value < right.Value;

    /// <summary>Whether the right position comes first.</summary>
    public static bool operator >(Sequence left, Sequence right) => left.Value > right.Value;

    /// <summary>Whether the left position is not after the right one.</summary>
    public static bool operator <=(Sequence left, Sequence right) => left.Value <= right.Value;

    /// <summary>Whether the left position is not before the right one.</summary>
    public static bool operator >=(Sequence left, Sequence right) => left.Value >= right.Value;

    /// <summary>The position <paramref name="count"/> entries later.</summary>
    public Sequence Plus(long count) => new(checked(Value + count));

    /// <inheritdoc/>
    public int CompareTo(Sequence other) => Value.CompareTo(other.Value);

    /// <summary>The number with invariant digits.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
