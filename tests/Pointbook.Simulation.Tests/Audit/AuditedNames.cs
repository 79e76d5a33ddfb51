namespace Pointbook.Simulation.Tests.Audit;

/// <summary>The names of accounts and actors that the journal of a partition has introduced so far.</summary>
internal sealed class AuditedNames
{
    public IntroducedNames Accounts { get; } = new(areUnique: true);

    public IntroducedNames Actors { get; } = new(areUnique: false);
}

/// <summary>Names by the entry that introduced them.</summary>
/// <param name="areUnique">Whether only one entry may introduce a name, until the name is free again.</param>
internal sealed class IntroducedNames(bool areUnique)
{
    private readonly Dictionary<long, string> _byEntry = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Whether these are the names of accounts, which only one entry may introduce.</summary>
    public bool AreUnique => areUnique;

    /// <summary>The name that an entry introduced; null if it introduced none.</summary>
    public string? Find(long entry) => _byEntry.GetValueOrDefault(entry);

    /// <summary>Notes that an entry introduces a name.</summary>
    /// <returns>Whether the entry may introduce the name.</returns>
    public bool TryAdd(long entry, string name)
    {
        _byEntry.Add(entry, name);
        return _names.Add(name) || !areUnique;
    }

    /// <summary>Makes the name that an entry introduced free for another one, because its account is erased.</summary>
    public void Free(long entry) => _names.Remove(_byEntry[entry]);
}
