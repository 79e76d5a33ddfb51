using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The lines of the payers, in the order of their names, so that a store can find a line without reading the others. They have no time.</summary>
internal readonly struct PayerFormat : ISectionFormat<PayerName, PayerSnapshot>
{
    public static int InlineItemsMax => 64;

    public static int ChunkItemsMax => 256;

    public static PayerName KeyOf(PayerSnapshot item) => item.Name;

    public static long TimeOf(PayerSnapshot item) => Section<PayerName, PayerSnapshot, PayerFormat>.NoTime;

    public static void WriteKey(ByteWriter writer, PayerName key) => writer.WriteText(key.Value);

    public static PayerName ReadKey(ref ByteReader reader) => PayerNames.Current.Read(ref reader);

    public static void WriteItems(ByteWriter writer, List<PayerSnapshot> items)
    {
        foreach (PayerSnapshot payer in items)
        {
            writer.WriteText(payer.Name.Value);
            writer.WriteVarint((ulong)payer.Balance.Value);
            writer.WriteVarint((ulong)payer.Outstanding.Value);
            writer.WriteVarint((ulong)payer.FirstSequence.Value);
        }
    }

    public static void ReadItems(ref ByteReader reader, int count, List<PayerSnapshot> items)
    {
        PayerNames names = PayerNames.Current;
        for (int index = 0; index < count; index++)
        {
            items.Add(new PayerSnapshot(
                names.Read(ref reader), new Points(reader.ReadNumber()), new Points(reader.ReadNumber()), new Sequence(reader.ReadNumber())));
        }
    }
}
