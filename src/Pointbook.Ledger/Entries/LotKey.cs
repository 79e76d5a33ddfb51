using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Entries;

/// <summary>Identifies and orders a lot: by timestamp, then by journal sequence. It is the only comparator of lots.</summary>
/// <param name="OccurredAt">The timestamp of the credit that opened the lot.</param>
/// <param name="Sequence">The journal sequence of that credit, unique in its partition.</param>
public readonly record struct LotKey(Instant OccurredAt, Sequence Sequence) : IComparable<LotKey>
{
    /// <summary>Whether the left lot is spent first.</summary>
    public static bool operator <(LotKey left, LotKey right) => left.CompareTo(right) < 0;

    /// <summary>Whether the right lot is spent first.</summary>
    public static bool operator >(LotKey left, LotKey right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left lot is not spent after the right one.</summary>
    public static bool operator <=(LotKey left, LotKey right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left lot is not spent before the right one.</summary>
    public static bool operator >=(LotKey left, LotKey right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public int CompareTo(LotKey other)
    {
        int byTime = OccurredAt.CompareTo(other.OccurredAt);
        return byTime != 0 ? byTime : Sequence.CompareTo(other.Sequence);
    }
}
