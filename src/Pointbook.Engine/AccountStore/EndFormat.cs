using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The ends of spends and flushes, in the order of their first entries. They have no time.</summary>
internal readonly struct EndFormat : ISectionFormat<Sequence, StoredEnd>
{
    public static int InlineItemsMax => 64;

    public static int ChunkItemsMax => 512;

    public static Sequence KeyOf(StoredEnd item) => item.Subject;

    public static long TimeOf(StoredEnd item) => Section<Sequence, StoredEnd, EndFormat>.NoTime;

    public static void WriteKey(ByteWriter writer, Sequence key) => writer.WriteVarint((ulong)key.Value);

    public static Sequence ReadKey(ref ByteReader reader) => new(reader.ReadNumber());

    public static void WriteItems(ByteWriter writer, List<StoredEnd> items)
    {
        Sequence before = Sequence.Zero;
        foreach (StoredEnd end in items)
        {
            writer.WriteSigned(end.Subject.Value - before.Value);
            writer.WriteByte((byte)end.End.Kind);
            writer.WriteSigned(end.End.Operation.Value - end.Subject.Value);
            before = end.Subject;
        }
    }

    public static void ReadItems(ref ByteReader reader, int count, List<StoredEnd> items)
    {
        Sequence before = Sequence.Zero;
        for (int index = 0; index < count; index++)
        {
            before = ItemCodec.ReadSequence(ref reader, before);
            EntryKind kind = (EntryKind)reader.ReadByte();
            if (!Enum.IsDefined(kind))
            {
                throw reader.Invalid($"entry kind {(int)kind} is unknown to this version");
            }

            items.Add(new StoredEnd(before, new SubjectEnd(kind, ItemCodec.ReadSequence(ref reader, before))));
        }
    }
}

/// <summary>The end of a spend or a flush: its capture, reversal or restore.</summary>
/// <param name="Subject">Its first entry.</param>
/// <param name="End">The end.</param>
internal readonly record struct StoredEnd(Sequence Subject, SubjectEnd End);
