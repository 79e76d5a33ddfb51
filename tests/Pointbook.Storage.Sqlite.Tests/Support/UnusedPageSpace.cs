using System.Buffers.Binary;
using System.Text;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>Writes bytes where SQLite leaves copies of rows that it has moved.</summary>
internal static class UnusedPageSpace
{
    private const int PageSize = 4_096;
    private const byte TableLeaf = 13;

    /// <summary>Writes a text into the unused part of the last page of a table, between the cell pointers and the cells (https://sqlite.org/fileformat2.html#b_tree_pages).</summary>
    /// <param name="path">A file without a write-ahead log that is not open in any process.</param>
    /// <param name="text">The text to write.</param>
    public static void WriteText(string path, string text)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int page = Enumerable.Range(1, (bytes.Length / PageSize) - 1).Last(number => bytes[number * PageSize] == TableLeaf) * PageSize;
        int gap = page + 8 + (2 * BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(page + 3)));
        int cells = page + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(page + 5));
        Assert.True(cells - gap > text.Length, "The page is full.");
        Encoding.UTF8.GetBytes(text).CopyTo(bytes, gap);
        File.WriteAllBytes(path, bytes);
    }
}
