using System.Text;
using Pointbook.Ledger.Entries;

namespace Pointbook.Storage.Sqlite;

/// <summary>How entry kinds are spelled in the journal.</summary>
internal static class EntryKindNames
{
    private static readonly EntryKind[] Kinds = Enum.GetValues<EntryKind>();
    private static readonly Dictionary<string, EntryKind> ByName = Kinds.ToDictionary(Name);
    private static readonly byte[][] Utf8ByKind = [.. Enumerable.Range(0, (int)Kinds.Max() + 1).Select(Utf8)];

    public static ReadOnlySpan<byte> ToUtf8(EntryKind kind) => Utf8ByKind[(int)kind];

    /// <exception cref="FormatException">There is no such kind.</exception>
    public static EntryKind Parse(string name) =>
        ByName.TryGetValue(name, out EntryKind kind) ? kind : throw new FormatException($"'{name}' is no kind of entry.");

    private static byte[] Utf8(int kind) => Encoding.UTF8.GetBytes(Name((EntryKind)kind));

    private static string Name(EntryKind kind) => kind.ToString().ToLowerInvariant();
}
