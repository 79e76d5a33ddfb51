using System.Globalization;

namespace Pointbook.Ledger.Values;

/// <summary>The place of an entry in the journal of its partition: 1, 2, 3 … without a gap. 0 stands before the first.</summary>
/// <param name="Value">The number itself, never negative.</param>
public readonly record struct Sequence(long Value) : IComparable<Sequence>
{
    /// <summary>The place before the first entry.</summary>
    public static Sequence Zero => default;

    /// <summary>The place after this one.</summary>
    public Sequence Next => new(checked(Value + 1));

    /// <summary>Whether the left place comes first.</summary>
    public static bool operator <(Sequence left, Sequence right) => left.Value < right.Value;

    /// <summary>Whether the right place comes first.</summary>
    public static bool operator >(Sequence left, Sequence right) => left.Value > right.Value;

    /// <summary>Whether the left place is not after the right one.</summary>
    public static bool operator <=(Sequence left, Sequence right) => left.Value <= right.Value;

    /// <summary>Whether the left place is not before the right one.</summary>
    public static bool operator >=(Sequence left, Sequence right) => left.Value >= right.Value;

    /// <summary>The place <paramref name="count"/> entries further on.</summary>
    public Sequence Plus(long count) => new(checked(Value + count));

    /// <inheritdoc/>
    public int CompareTo(Sequence other) => Value.CompareTo(other.Value);

    /// <summary>The number with invariant digits.</summary>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
