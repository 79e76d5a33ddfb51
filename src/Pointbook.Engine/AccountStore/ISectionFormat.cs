using Pointbook.Engine.Journal;

namespace Pointbook.Engine.AccountStore;

/// <summary>The order, time and encoding of the items of one section of a snapshot. Stateless.</summary>
/// <typeparam name="TKey">The sort key of the items. Each key occurs once.</typeparam>
/// <typeparam name="TItem">The items.</typeparam>
internal interface ISectionFormat<TKey, TItem>
    where TKey : IComparable<TKey>
{
    /// <summary>The head of the snapshot stores up to this many items; chunks store more.</summary>
    static abstract int InlineItemsMax { get; }

    /// <summary>The maximum number of items in one chunk.</summary>
    static abstract int ChunkItemsMax { get; }

    /// <summary>The key of an item.</summary>
    static abstract TKey KeyOf(TItem item);

    /// <summary>The time when a lot expires, when a hold ends, or when an idempotency key was used.</summary>
    /// <returns>Microseconds since 1970-01-01T00:00:00Z, or <see cref="Section{TKey, TItem, TFormat}.NoTime"/> if the item has no time.</returns>
    static abstract long TimeOf(TItem item);

    /// <summary>Encodes a key.</summary>
    static abstract void WriteKey(ByteWriter writer, TKey key);

    /// <summary>Reads what <see cref="WriteKey"/> wrote.</summary>
    /// <exception cref="InvalidRowException">The bytes are not a key.</exception>
    static abstract TKey ReadKey(ref ByteReader reader);

    /// <summary>Encodes items in the order of their keys.</summary>
    static abstract void WriteItems(ByteWriter writer, List<TItem> items);

    /// <summary>Reads what <see cref="WriteItems"/> wrote.</summary>
    /// <param name="reader">The bytes.</param>
    /// <param name="count">The number of items.</param>
    /// <param name="items">Receives the items.</param>
    /// <exception cref="InvalidRowException">The bytes are not that many items.</exception>
    static abstract void ReadItems(ref ByteReader reader, int count, List<TItem> items);
}
