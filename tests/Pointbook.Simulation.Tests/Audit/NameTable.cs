namespace Pointbook.Simulation.Tests.Audit;

/// <summary>One of the tables at the beginning of a block. Entries refer to a name by its index. The names are in the order in which the entries first use them.</summary>
internal sealed class NameTable
{
    private readonly BodyReader _block;
    private readonly IntroducedNames? _introduced;
    private readonly (string Text, bool IsNew)[] _names;
    private int _used;

    private NameTable(BodyReader block, IntroducedNames? introduced, Func<(string Text, bool IsNew)> read)
    {
        (_block, _introduced) = (block, introduced);
        _names = [.. Enumerable.Range(0, block.ReadLength()).Select(_ => read())];
        block.Require(_names.Select(name => name.Text).Distinct(StringComparer.Ordinal).Count() == _names.Length, "has a name twice");
    }

    /// <summary>Whether the entries have used every name.</summary>
    public bool IsUsed => _used == _names.Length;

    /// <summary>Reads a table that contains the names themselves.</summary>
    public static NameTable Read(BodyReader block) => new(block, introduced: null, () => (block.ReadText(), IsNew: false));

    /// <summary>Reads a table of names that entries introduce.</summary>
    /// <param name="block">The block. The table comes next in it.</param>
    /// <param name="texts">The texts of the block.</param>
    /// <param name="first">The first entry of the block.</param>
    /// <param name="introduced">The names that entries before the block introduced. The table adds those of the block when entries use them.</param>
    public static NameTable Read(BodyReader block, ErasableTexts texts, long first, IntroducedNames introduced) =>
        new(block, introduced, () => ReadName(block, texts, first, introduced));

    /// <summary>Reads the index of a name.</summary>
    /// <param name="entry">The entry that contains the index.</param>
    /// <returns>The name at this index.</returns>
    public string ReadPlace(long entry) => Use(_block.ReadNumber(), entry);

    /// <summary>The name at an index.</summary>
    /// <param name="place">The index.</param>
    /// <param name="entry">The entry that uses the name.</param>
    public string Use(ulong place, long entry)
    {
        _block.Require(place <= (ulong)_used && place < (ulong)_names.Length, "has a name in the wrong place");
        (string text, bool isNew) = _names[place];
        if (place == (ulong)_used)
        {
            _used++;
            _block.Require(!isNew || _introduced!.TryAdd(entry, text), $"introduces {text} again");
        }

        return text;
    }

    private static (string Text, bool IsNew) ReadName(BodyReader block, ErasableTexts texts, long first, IntroducedNames introduced)
    {
        ulong distance = block.ReadNumber();
        if (distance == 0)
        {
            return (texts.Read(block).ReadRest(), IsNew: true);
        }

        string? name = distance < (ulong)first ? introduced.Find(first - (long)distance) : null;
        block.Require(name is not null, $"refers to a name that no entry introduced {distance} entries before the block");
        return (name!, IsNew: false);
    }
}
