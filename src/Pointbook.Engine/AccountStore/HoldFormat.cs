using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The pending spends, in the order of their entries. Their time is the end of the hold.</summary>
internal readonly struct HoldFormat : ISectionFormat<Sequence, HoldSnapshot>
{
    public static int InlineItemsMax => 16;

    // A hold may have very many draws.
    public static int ChunkItemsMax => 32;

    public static Sequence KeyOf(HoldSnapshot item) => item.Spend;

    public static long TimeOf(HoldSnapshot item) => item.EndsAt.UnixMicroseconds;

    public static void WriteKey(ByteWriter writer, Sequence key) => writer.WriteVarint((ulong)key.Value);

    public static Sequence ReadKey(ref ByteReader reader) => new(reader.ReadNumber());

    public static void WriteItems(ByteWriter writer, List<HoldSnapshot> items)
    {
        Dictionary<PayerName, int> places = ItemCodec.Places();
        foreach (HeldDraw draw in items.SelectMany(item => item.Draws))
        {
            places.TryAdd(draw.Payer, places.Count);
        }

        ItemCodec.WriteNames(writer, places);
        foreach (HoldSnapshot hold in items)
        {
            writer.WriteVarint((ulong)hold.Spend.Value);
            writer.WriteSigned(hold.EndsAt.UnixMicroseconds);
            writer.WriteVarint((ulong)hold.Draws.Count);
            LotKey before = default;
            foreach (HeldDraw draw in hold.Draws)
            {
                ItemCodec.WriteLot(writer, new LotSnapshot(draw.Lot, draw.Payer, draw.Points, draw.ExpiresAt), before, places[draw.Payer]);
                before = draw.Lot;
            }
        }
    }

    public static void ReadItems(ref ByteReader reader, int count, List<HoldSnapshot> items)
    {
        ReadOnlySpan<PayerName> names = PayerNames.Current.ReadTable(ref reader);
        for (int index = 0; index < count; index++)
        {
            Sequence spend = new(reader.ReadNumber());
            Instant endsAt = ItemCodec.ReadInstant(ref reader);
            items.Add(new HoldSnapshot(spend, endsAt, ReadDraws(ref reader, names)));
        }
    }

    private static HeldDraw[] ReadDraws(ref ByteReader reader, scoped ReadOnlySpan<PayerName> names)
    {
        HeldDraw[] draws = new HeldDraw[reader.ReadCount(reader.Remaining)];
        LotKey before = default;
        for (int index = 0; index < draws.Length; index++)
        {
            LotSnapshot lot = ItemCodec.ReadLot(ref reader, before, names);
            draws[index] = new HeldDraw(lot.Key, lot.Payer, lot.Remaining, lot.ExpiresAt);
            before = lot.Key;
        }

        return draws;
    }
}
