using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The open lots, in the order in which spends use them. Their time is the expiry.</summary>
internal readonly struct LotFormat : ISectionFormat<LotKey, LotSnapshot>
{
    public static int InlineItemsMax => 128;

    public static int ChunkItemsMax => 512;

    public static LotKey KeyOf(LotSnapshot item) => item.Key;

    public static long TimeOf(LotSnapshot item) => item.ExpiresAt?.UnixMicroseconds ?? Section<LotKey, LotSnapshot, LotFormat>.NoTime;

    public static void WriteKey(ByteWriter writer, LotKey key)
    {
        writer.WriteSigned(key.OccurredAt.UnixMicroseconds);
        writer.WriteVarint((ulong)key.Sequence.Value);
    }

    public static LotKey ReadKey(ref ByteReader reader) => new(ItemCodec.ReadInstant(ref reader), new Sequence(reader.ReadNumber()));

    public static void WriteItems(ByteWriter writer, List<LotSnapshot> items)
    {
        Dictionary<PayerName, int> places = ItemCodec.Places();
        foreach (LotSnapshot lot in items)
        {
            places.TryAdd(lot.Payer, places.Count);
        }

        ItemCodec.WriteNames(writer, places);
        LotKey before = default;
        foreach (LotSnapshot lot in items)
        {
            ItemCodec.WriteLot(writer, lot, before, places[lot.Payer]);
            before = lot.Key;
        }
    }

    public static void ReadItems(ref ByteReader reader, int count, List<LotSnapshot> items)
    {
        ReadOnlySpan<PayerName> names = PayerNames.Current.ReadTable(ref reader);
        LotKey before = default;
        for (int index = 0; index < count; index++)
        {
            LotSnapshot lot = ItemCodec.ReadLot(ref reader, before, names);
            items.Add(lot);
            before = lot.Key;
        }
    }
}
