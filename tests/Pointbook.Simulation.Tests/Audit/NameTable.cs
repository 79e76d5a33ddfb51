namespace Pointbook.Simulation.Tests.Audit;

/// <summary>One of the tables at the beginning of a block. Entries refer to a name by its index. The names are in the order in which the entries first use them.</summary>
internal sealed class NameTable
{
    private readonly BodyReader _block;
    private readonly IntroducedNames? _introduced;
    private readonly AuditedName[] _names;
    private int _used;

    private NameTable(BodyReader block, IntroducedNames? introduced, Func<AuditedName> read)
    {
        (_block, _introduced) = (block, introduced);
        _names = [.. Enumerable.Range(0, block.ReadLength()).Select(_ => read())];
        // If an account was erased, the same account key may open another one in the same block.
        AuditedName[] known = [.. _names.Where(name => introduced?.AreUnique != true || name.Introduced > 0)];
        block.Require(known.Select(name => (name.Text, introduced?.AreUnique == true ? name.Introduced : 0)).Distinct().Count() == known.Length, "has a name twice");
    }

    /// <summary>Whether the entries have used every name.</summary>
    public bool IsUsed => _used == _names.Length;

    /// <summary>Reads a table that contains the names themselves.</summary>
    public static NameTable Read(BodyReader block) => new(block, introduced: null, () => new AuditedName(block.ReadText(), Introduced: 1));

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
    public AuditedName ReadPlace(long entry) => Use(_block.ReadNumber(), entry);

    /// <summary>The name at an index.</summary>
    /// <param name="place">The index.</param>
    /// <param name="entry">The entry that uses the name.</param>
    public AuditedName Use(ulong place, long entry)
    {
        _block.Require(place <= (ulong)_used && place < (ulong)_names.Length, "has a name in the wrong place");
        AuditedName name = _names[place];
        if (place == (ulong)_used)
        {
            _used++;
            if (name.Introduced == 0)
            {
                name = new AuditedName(name.Text ?? AuditedName.Erased(entry), entry);
                _block.Require(_introduced!.TryAdd(entry, name.Text!), $"introduces {name.Text} again");
                _names[place] = name;
            }
        }

        return name;
    }

    private static AuditedName ReadName(BodyReader block, ErasableTexts texts, long first, IntroducedNames introduced)
    {
        ulong distance = block.ReadNumber();
        if (distance == 0)
        {
            string? text = texts.Read(block)?.ReadRest();
            block.Require(text is not null || introduced.AreUnique, "has an actor whose name is erased");
            return new AuditedName(text, Introduced: 0);
        }

        string? known = distance < (ulong)first ? introduced.Find(first - (long)distance) : null;
        block.Require(known is not null, $"refers to a name that no entry introduced {distance} entries before the block");
        return new AuditedName(known, first - (long)distance);
    }
}

/// <summary>A name in a table.</summary>
/// <param name="Text">The name; null for the key of an erased account that no entry has used yet.</param>
/// <param name="Introduced">The entry that introduced it, 0 if the entry that first uses it does.</param>
internal readonly record struct AuditedName(string? Text, long Introduced)
{
    private const string ErasedPrefix = "~erased-";

    /// <summary>The name of an erased account.</summary>
    /// <param name="opening">The first entry of the account.</param>
    public static string Erased(long opening) => FormattableString.Invariant($"{ErasedPrefix}{opening}");

    /// <summary>Whether an account is known only as an erased one. No client can send such a key.</summary>
    public static bool IsErased(string account) => account.StartsWith(ErasedPrefix, StringComparison.Ordinal);
}
