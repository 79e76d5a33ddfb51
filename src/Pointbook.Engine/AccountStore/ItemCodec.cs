using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Encodes the common parts of items in several sections: payers by their places in a table of names, and lots as differences.</summary>
internal static class ItemCodec
{
    // The cost of clearing grows with the capacity.
    private const int PlacesKeptMax = 1_024;

    [ThreadStatic]
    private static Dictionary<PayerName, int>? _places;

    /// <summary>Reads an instant.</summary>
    /// <exception cref="InvalidRowException">The instant is outside the years 1 to 9999.</exception>
    public static Instant ReadInstant(ref ByteReader reader, long before = 0) =>
        Instant.TryFromUnixMicroseconds(unchecked(before + reader.ReadSigned())) ?? throw reader.Invalid("a time is out of range");

    /// <summary>Reads a place in the journal that was written as the difference from another place.</summary>
    /// <exception cref="InvalidRowException">The place is negative.</exception>
    public static Sequence ReadSequence(ref ByteReader reader, Sequence before) =>
        unchecked(before.Value + reader.ReadSigned()) is var value and >= 0 ? new Sequence(value) : throw reader.Invalid("a place is negative");

    /// <summary>Returns a dictionary for the places of names. It is valid until the next call on the same thread.</summary>
    public static Dictionary<PayerName, int> Places()
    {
        if (_places is null || _places.Capacity > PlacesKeptMax)
        {
            _places = [];
        }

        _places.Clear();
        return _places;
    }

    /// <summary>Writes the names of payers in the order of their places, which is the order of their addition.</summary>
    public static void WriteNames(ByteWriter writer, Dictionary<PayerName, int> places)
    {
        writer.WriteVarint((ulong)places.Count);
        foreach (PayerName payer in places.Keys)
        {
            writer.WriteText(payer.Value);
        }
    }

    /// <summary>Writes points in a lot, or drawn from one, as differences from the previous lot.</summary>
    /// <param name="writer">The target.</param>
    /// <param name="lot">The lot and the points.</param>
    /// <param name="before">The previous lot; the default value for the first one.</param>
    /// <param name="payer">The place of its payer.</param>
    public static void WriteLot(ByteWriter writer, in LotSnapshot lot, LotKey before, int payer)
    {
        writer.WriteVarint(((ulong)payer << 1) | (lot.ExpiresAt is null ? 0UL : 1UL));
        writer.WriteSigned(lot.Key.OccurredAt.UnixMicroseconds - before.OccurredAt.UnixMicroseconds);
        writer.WriteSigned(lot.Key.Sequence.Value - before.Sequence.Value);
        writer.WriteVarint((ulong)lot.Remaining.Value);
        if (lot.ExpiresAt is { } expiresAt)
        {
            writer.WriteSigned(expiresAt.UnixMicroseconds - lot.Key.OccurredAt.UnixMicroseconds);
        }
    }

    /// <summary>Reads what <see cref="WriteLot"/> wrote.</summary>
    public static LotSnapshot ReadLot(ref ByteReader reader, LotKey before, scoped ReadOnlySpan<PayerName> names)
    {
        ulong first = reader.ReadVarint();
        if (first >> 1 >= (ulong)names.Length)
        {
            throw reader.Invalid("a payer is not among the names");
        }

        Instant occurredAt = ReadInstant(ref reader, before.OccurredAt.UnixMicroseconds);
        LotKey key = new(occurredAt, ReadSequence(ref reader, before.Sequence));
        Points points = new(reader.ReadNumber());
        return new LotSnapshot(key, names[(int)(first >> 1)], points, (first & 1) == 0 ? null : ReadInstant(ref reader, occurredAt.UnixMicroseconds));
    }
}
