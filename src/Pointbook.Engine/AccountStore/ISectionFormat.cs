using Pointbook.Engine.Journal;

namespace Pointbook.Engine.AccountStore;

/// <summary>How the items of one section of a snapshot are ordered, dated and encoded. Stateless.</summary>
/// <typeparam name="TKey">What orders the items. Each key occurs once.</typeparam>
/// <typeparam name="TItem">The items.</typeparam>
internal interface ISectionFormat<TKey, TItem>
    where TKey : IComparable<TKey>
{
    /// <summary>Up to this many items are stored in the head of the snapshot; more are stored in chunks.</summary>
    static abstract int InlineItemsMax { get; }

    /// <summary>The most items of one chunk.</summary>
    static abstract int ChunkItemsMax { get; }

    /// <summary>The key of an item.</summary>
    static abstract TKey KeyOf(TItem item);

    /// <summary>When the item needs attention: a lot expires, a hold ends, a key is too old.</summary>
    /// <returns>Microseconds since 1970-01-01T00:00:00Z, or <see cref="Section{TKey, TItem, TFormat}.NoTime"/> if it never does.</returns>
    static abstract long TimeOf(TItem item);

    /// <summary>Encodes a key.</summary>
    static abstract void WriteKey(ByteWriter writer, TKey key);

    /// <summary>Reads what <see cref="WriteKey"/> wrote.</summary>
    /// <exception cref="InvalidRowException">The bytes are not a key.</exception>
    static abstract TKey ReadKey(ref ByteReader reader);

    /// <summary>Encodes items, which are in the order of their keys.</summary>
    static abstract void WriteItems(ByteWriter writer, List<TItem> items);

    /// <summary>Reads what <see cref="WriteItems"/> wrote.</summary>
    /// <param name="reader">The bytes.</param>
    /// <param name="count">How many items there are.</param>
    /// <param name="items">Where to add them.</param>
    /// <exception cref="InvalidRowException">The bytes are not that many items.</exception>
    static abstract void ReadItems(ref ByteReader reader, int count, List<TItem> items);
}
