using System.Runtime.CompilerServices;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The sizes of objects on the heap of a 64-bit process, in bytes. Tests compare them with the runtime's sizes.</summary>
internal static class HeapSize
{
    /// <summary>The overhead of each object besides its fields.</summary>
    public const long Header = 16;

    /// <summary>A <see cref="List{T}"/> without its array.</summary>
    public const long List = Header + 16;

    /// <summary>A <see cref="SortedSet{T}"/> without its nodes.</summary>
    public const long SortedSet = Header + 24;

    private const long ArrayHeader = 24;
    private const long EmptyText = 22;
    private const long Dictionary = Header + 64;
    private const long DictionaryBucket = sizeof(int);

    /// <summary>An array; zero if it is empty, because empty arrays are shared.</summary>
    public static long ArrayOf<T>(long length) => length == 0 ? 0 : ArrayHeader + Aligned(length * Unsafe.SizeOf<T>());

    /// <summary>A node of a <see cref="SortedSet{T}"/>: the element, two links and a colour.</summary>
    public static long SortedNodeOf<T>() => Header + Unsafe.SizeOf<T>() + 24;

    /// <summary>A dictionary with its arrays.</summary>
    public static long Of<TKey, TValue>(Dictionary<TKey, TValue> dictionary)
        where TKey : notnull
    {
        // Besides the key and the value, an entry has its hash code and the index of the next entry.
        long entry = 8 + Unsafe.SizeOf<TKey>() + Unsafe.SizeOf<TValue>();
        long capacity = dictionary.Capacity;
        return Dictionary + (capacity == 0 ? 0 : (2 * ArrayHeader) + Aligned(capacity * DictionaryBucket) + (capacity * entry));
    }

    /// <summary>The key of an account with its text.</summary>
    public static long Of(AccountId account) => Header + 16 + Of(account.Value);

    /// <summary>The name of a payer with its text.</summary>
    public static long Of(PayerName name) => Header + 16 + Of(name.Value);

    private static long Of(string text) => Aligned(EmptyText + (text.Length * sizeof(char)));

    private static long Aligned(long bytes) => (bytes + 7) & ~7L;
}
