using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>Accounts and keys that one request reads from the account store together. Owned by the loop.</summary>
internal sealed class Load
{
    private readonly Dictionary<AccountId, Wanted> _wanted = [];

    /// <summary>The account store contained at least this entry when the load began. The tail keeps later entries until the load ends.</summary>
    public Sequence StoredAtStart { get; private set; }

    public bool IsEmpty => _wanted.Count == 0;

    public IEnumerable<AccountId> Accounts => _wanted.Keys;

    public bool Contains(AccountId account) => _wanted.ContainsKey(account);

    /// <summary>Whether the load looks up a key.</summary>
    public bool Asks(AccountId account, IdempotencyKey key) => _wanted[account].Keys.Contains(key);

    /// <summary>Whether the load looks up the end of a subject.</summary>
    public bool Asks(AccountId account, Sequence subject) => _wanted[account].Subjects.Contains(subject);

    public bool IsDelivered(AccountId account) => _wanted[account].IsDelivered;

    public void MarkDelivered(AccountId account) => _wanted[account].IsDelivered = true;

    /// <summary>Adds the data that an item needs.</summary>
    public void Want(AccountItem item, bool withState)
    {
        if (!_wanted.TryGetValue(item.Account, out Wanted? wanted))
        {
            wanted = new Wanted();
            _wanted.Add(item.Account, wanted);
        }

        wanted.WithState |= withState;
        if (item.Key is not null)
        {
            wanted.Keys.Add(item.Key);
        }

        if (item.Subject is { } subject)
        {
            wanted.Subjects.Add(subject);
        }
    }

    /// <summary>Begins the load and returns the request to an account store that contains at least every entry up to <paramref name="stored"/>.</summary>
    public LoadRequest Begin(Sequence stored)
    {
        StoredAtStart = stored;
        return new LoadRequest(
            [.. _wanted.Select(pair => new AccountRequest(pair.Key, pair.Value.WithState, [.. pair.Value.Keys], [.. pair.Value.Subjects]))], stored);
    }

    private sealed class Wanted
    {
        public bool WithState { get; set; }

        public HashSet<IdempotencyKey> Keys { get; } = [];

        public HashSet<Sequence> Subjects { get; } = [];

        public bool IsDelivered { get; set; }
    }
}
