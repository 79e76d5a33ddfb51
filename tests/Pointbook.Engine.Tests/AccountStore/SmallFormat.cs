using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>An item of the section that the tests use.</summary>
internal readonly record struct SmallItem(int Key, long Value, long? Mark);

/// <summary>The format of a section with very small chunks, so that a few items fill many.</summary>
internal readonly struct SmallFormat : ISectionFormat<int, SmallItem>
{
    public static int InlineItemsMax => 4;

    public static int ChunkItemsMax => 8;

    public static int KeyOf(SmallItem item) => item.Key;

    public static long TimeOf(SmallItem item) => item.Mark ?? Section<int, SmallItem, SmallFormat>.NoTime;

    public static void WriteKey(ByteWriter writer, int key) => writer.WriteSigned(key);

    public static int ReadKey(ref ByteReader reader) => (int)reader.ReadSigned();

    public static void WriteItems(ByteWriter writer, List<SmallItem> items)
    {
        foreach (SmallItem item in items)
        {
            writer.WriteSigned(item.Key);
            writer.WriteSigned(item.Value);
            writer.WriteSigned(item.Mark ?? -1);
        }
    }

    public static void ReadItems(ref ByteReader reader, int count, List<SmallItem> items)
    {
        for (int index = 0; index < count; index++)
        {
            int key = (int)reader.ReadSigned();
            long value = reader.ReadSigned();
            long mark = reader.ReadSigned();
            items.Add(new SmallItem(key, value, mark < 0 ? null : mark));
        }
    }
}
