using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The entries by which a writer has introduced actors. Not thread-safe.</summary>
/// <remarks>A writer may introduce an actor again at any time, so forgetting one costs only bytes.</remarks>
internal sealed class ActorNames
{
    /// <summary>The maximum number of actors in memory.</summary>
    public const int CountMax = 1_000;

    private readonly Dictionary<string, Sequence> _durable = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Sequence> _introduced = new(StringComparer.Ordinal);

    /// <summary>Forgets all actors, because the journal may have lost commits.</summary>
    public void Clear()
    {
        _durable.Clear();
        _introduced.Clear();
    }

    /// <summary>Forgets introductions that did not become durable.</summary>
    public void Begin() => _introduced.Clear();

    /// <summary>Finds the entry that introduced an actor.</summary>
    /// <returns>The entry, or null if the actor must be introduced.</returns>
    public Sequence? Find(string actor) =>
        _introduced.TryGetValue(actor, out Sequence entry) || _durable.TryGetValue(actor, out entry) ? entry : null;

    /// <summary>Records that an entry of the commit introduces an actor.</summary>
    public void Introduce(string actor, Sequence entry) => _introduced.Add(actor, entry);

    /// <summary>Keeps the introductions since <see cref="Begin"/>, because the commit is durable.</summary>
    public void Keep()
    {
        foreach ((string actor, Sequence entry) in _introduced)
        {
            if (_durable.Count >= CountMax)
            {
                _durable.Clear();
            }

            _durable[actor] = entry;
        }

        _introduced.Clear();
    }
}
