using Pointbook.Engine.Projection;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partitions;

/// <summary>Accounts and keys that are read from the projection together. Owned by the loop.</summary>
internal sealed class Load
{
    private readonly Dictionary<AccountId, Wanted> _wanted = [];

    /// <summary>The projection contained at least this much when the load began; the tail is kept from there on until it ends.</summary>
    public Sequence ProjectedAtStart { get; private set; }

    public bool IsEmpty => _wanted.Count == 0;

    public IEnumerable<AccountId> Accounts => _wanted.Keys;

    public bool Contains(AccountId account) => _wanted.ContainsKey(account);

    /// <summary>Whether a key is looked up.</summary>
    public bool Asks(AccountId account, IdempotencyKey key) => _wanted[account].Keys.Contains(key);

    public bool IsDelivered(AccountId account) => _wanted[account].IsDelivered;

    public void MarkDelivered(AccountId account) => _wanted[account].IsDelivered = true;

    /// <summary>Adds what an item needs.</summary>
    public void Want(AccountId account, bool withState, IdempotencyKey? key)
    {
        if (!_wanted.TryGetValue(account, out Wanted? wanted))
        {
            wanted = new Wanted();
            _wanted.Add(account, wanted);
        }

        wanted.WithState |= withState;
        if (key is not null)
        {
            wanted.Keys.Add(key);
        }
    }

    /// <summary>What to ask the projection for, which contains at least everything up to <paramref name="projected"/>.</summary>
    public LoadRequest Begin(Sequence projected)
    {
        ProjectedAtStart = projected;
        return new LoadRequest([.. _wanted.Select(pair => new AccountRequest(pair.Key, pair.Value.WithState, [.. pair.Value.Keys]))], projected);
    }

    private sealed class Wanted
    {
        public bool WithState { get; set; }

        public HashSet<IdempotencyKey> Keys { get; } = [];

        public bool IsDelivered { get; set; }
    }
}
