using Pointbook.Ledger.Entries;

namespace Pointbook.Engine.Journal;

/// <summary>The stored names of entry kinds. Stored journals depend on them, so a name never changes.</summary>
public static class EntryKindNames
{
    private static readonly Dictionary<string, EntryKind> ByName = Enum.GetValues<EntryKind>().ToDictionary(Name);
    private static readonly string[] Names = [.. Enumerable.Range(0, (int)Enum.GetValues<EntryKind>().Max() + 1).Select(kind => Name((EntryKind)kind))];

    /// <summary>The name of a kind, such as <c>credit</c>.</summary>
    public static string ToText(EntryKind kind) => Names[(int)kind];

    /// <summary>Parses a name that may be invalid.</summary>
    /// <returns>The kind, or null if the name is unknown.</returns>
    public static EntryKind? TryParse(string name) => ByName.TryGetValue(name, out EntryKind kind) ? kind : null;

    private static string Name(EntryKind kind) => kind.ToString().ToLowerInvariant();
}
