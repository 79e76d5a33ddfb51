using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The accounts in memory, the least recently used ones at hand for eviction. Owned by the loop.</summary>
internal sealed class AccountCache
{
    private readonly Dictionary<AccountId, LinkedListNode<Slot>> _slots = [];
    private readonly LinkedList<Slot> _byUse = new();

    /// <summary>About how much memory the accounts take.</summary>
    public long SizeInBytes { get; private set; }

    /// <summary>Finds an account and counts that as use.</summary>
    public bool TryUse(AccountId account, [NotNullWhen(true)] out AccountState? state)
    {
        if (!_slots.TryGetValue(account, out LinkedListNode<Slot>? node))
        {
            state = null;
            return false;
        }

        if (node != _byUse.Last)
        {
            _byUse.Remove(node);
            _byUse.AddLast(node);
        }

        state = node.ValueRef.State;
        return true;
    }

    /// <summary>Finds an account without counting that as use.</summary>
    public bool TryPeek(AccountId account, [NotNullWhen(true)] out AccountState? state)
    {
        state = _slots.TryGetValue(account, out LinkedListNode<Slot>? node) ? node.ValueRef.State : null;
        return state is not null;
    }

    public void Add(AccountState state)
    {
        _slots.Add(state.Account, _byUse.AddLast(new Slot(state, state.SizeInBytes)));
        SizeInBytes += state.SizeInBytes;
    }

    public void Remove(AccountId account)
    {
        if (_slots.Remove(account, out LinkedListNode<Slot>? node))
        {
            SizeInBytes -= node.ValueRef.SizeInBytes;
            _byUse.Remove(node);
        }
    }

    /// <summary>Takes notice of what an account has grown or shrunk to.</summary>
    public void Measure(AccountId account)
    {
        if (_slots.TryGetValue(account, out LinkedListNode<Slot>? node))
        {
            long size = node.ValueRef.State.SizeInBytes;
            SizeInBytes += size - node.ValueRef.SizeInBytes;
            node.ValueRef = node.ValueRef with { SizeInBytes = size };
        }
    }

    /// <summary>Lets the least recently used accounts go until the rest fits.</summary>
    /// <returns>How many went.</returns>
    public int EvictDownTo(long bytes)
    {
        int evicted = 0;
        while (SizeInBytes > bytes && _byUse.First is { } first)
        {
            Remove(first.ValueRef.State.Account);
            evicted++;
        }

        return evicted;
    }

    private record struct Slot(AccountState State, long SizeInBytes);
}
