using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>What one entry of the journal introduced. Immutable.</summary>
/// <param name="Account">The account that it opened; null if it opened none.</param>
/// <param name="Actor">The actor that it introduced; null if it introduced none.</param>
public readonly record struct Introduction(AccountId? Account, string? Actor);

/// <summary>The accounts and actors that are needed to decode some blocks, by the entries that introduced them. Not thread-safe.</summary>
public sealed class NameScope
{
    private readonly Dictionary<Sequence, Introduction> _introductions = [];
    private List<Sequence>? _new;

    /// <summary>Whether it is known what an entry introduced.</summary>
    public bool Contains(Sequence entry) => _introductions.ContainsKey(entry);

    /// <summary>Adds what an entry introduced, as it was read.</summary>
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

    /// <summary>What was read for this scope, or introduced by the entries that were decoded. What was known before is left out.</summary>
    internal IEnumerable<KeyValuePair<Sequence, Introduction>> New => (_new ?? []).Select(entry => KeyValuePair.Create(entry, _introductions[entry]));

    /// <summary>Adds what is known of an entry already.</summary>
    internal void AddKnown(Sequence entry, Introduction introduction) => _introductions.TryAdd(entry, introduction);

    internal AccountId? FindAccount(Sequence opening) => _introductions.TryGetValue(opening, out Introduction found) ? found.Account : null;

    internal string? FindActor(Sequence entry) => _introductions.TryGetValue(entry, out Introduction found) ? found.Actor : null;

    internal void AddAccount(Sequence opening, AccountId account) => Add(opening, new Introduction(account, FindActor(opening)));

    internal void AddActor(Sequence entry, string actor) => Add(entry, new Introduction(FindAccount(entry), actor));
}
