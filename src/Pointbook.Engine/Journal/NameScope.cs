using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>What one entry of the journal introduced. Immutable.</summary>
/// <param name="Account">The account that the entry opened; null if none.</param>
/// <param name="Actor">The actor that the entry introduced; null if none.</param>
public readonly record struct Introduction(AccountId? Account, string? Actor);

/// <summary>The accounts and actors that a decoder needs for some blocks, by the entries that introduced them. Not thread-safe.</summary>
public sealed class NameScope
{
    private readonly Dictionary<Sequence, Introduction> _introductions = [];
    private List<Sequence>? _new;

    /// <summary>Whether the introduction of an entry is known.</summary>
    public bool Contains(Sequence entry) => _introductions.ContainsKey(entry);

    /// <summary>Adds what the caller read of an entry's introduction.</summary>
    public void Add(Sequence entry, Introduction introduction)
    {
        if (_introductions.TryAdd(entry, introduction))
        {
            (_new ??= []).Add(entry);
        }
        else
        {
            _introductions[entry] = introduction;
        }
    }

    /// <summary>The introductions that were read for this scope or decoded in it. Excludes those that were known before.</summary>
    internal IEnumerable<KeyValuePair<Sequence, Introduction>> New => (_new ?? []).Select(entry => KeyValuePair.Create(entry, _introductions[entry]));

    /// <summary>Adds an introduction that is already known.</summary>
    internal void AddKnown(Sequence entry, Introduction introduction) => _introductions.TryAdd(entry, introduction);

    /// <summary>Adds all introductions of another scope.</summary>
    internal void AddAll(NameScope other)
    {
        foreach ((Sequence entry, Introduction introduction) in other._introductions)
        {
            AddKnown(entry, introduction);
        }
    }

    internal AccountId? FindAccount(Sequence opening) => _introductions.TryGetValue(opening, out Introduction found) ? found.Account : null;

    internal string? FindActor(Sequence entry) => _introductions.TryGetValue(entry, out Introduction found) ? found.Actor : null;

    internal void AddAccount(Sequence opening, AccountId account) => Add(opening, new Introduction(account, FindActor(opening)));

    internal void AddActor(Sequence entry, string actor) => Add(entry, new Introduction(FindAccount(entry), actor));
}
