using System.IO.Hashing;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Caches names of payers by their bytes, because very many accounts have the same few payers. One cache per thread.</summary>
/// <remarks>The cache checks a name once instead of at each read, and accounts in memory share the name.</remarks>
internal sealed class PayerNames
{
    // A direct-mapped cache: a name replaces the previous one at its place. Unusually long names are not cached.
    private const int PlaceCount = 4096;
    private const int BytesMax = 64;

    // The cache releases a longer table, so that it does not hold its names for ever.
    private const int TableKeptMax = 1_024;

    [ThreadStatic]
    private static PayerNames? _current;

    private readonly (byte[] Bytes, PayerName Name)[] _places = new (byte[] Bytes, PayerName Name)[PlaceCount];
    private PayerName[] _table = new PayerName[16];

    /// <summary>The cache of this thread.</summary>
    public static PayerNames Current => _current ??= new PayerNames();

    /// <summary>Reads a name.</summary>
    /// <exception cref="InvalidRowException">The bytes are not a valid name.</exception>
    public PayerName Read(ref ByteReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.ReadBytes(reader.ReadCount(reader.Remaining));
        if (bytes.Length > BytesMax)
        {
            return Decode(reader, bytes);
        }

        ref (byte[] Bytes, PayerName Name) place = ref _places[XxHash3.HashToUInt64(bytes) % PlaceCount];
        if (place.Bytes is null || !bytes.SequenceEqual(place.Bytes))
        {
            place = (bytes.ToArray(), Decode(reader, bytes));
        }

        return place.Name;
    }

    /// <summary>Reads a table of names.</summary>
    /// <returns>The names, which are valid until the next table is read.</returns>
    public ReadOnlySpan<PayerName> ReadTable(ref ByteReader reader)
    {
        int count = reader.ReadCount(reader.Remaining);
        if (count > _table.Length || _table.Length > TableKeptMax)
        {
            _table = new PayerName[Math.Max(count, 16)];
        }

        for (int index = 0; index < count; index++)
        {
            _table[index] = Read(ref reader);
        }

        return _table.AsSpan(0, count);
    }

    private static PayerName Decode(in ByteReader reader, ReadOnlySpan<byte> bytes) =>
        PayerName.TryFromTrusted(reader.ToText(bytes)) ?? throw reader.Invalid("a text is not the name of a payer");
}
