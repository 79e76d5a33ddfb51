using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The accounts in memory, in order of use, so that the loop can evict the least recently used ones. Owned by the loop.</summary>
/// <remarks>
/// A combined hash table and list: each account has a slot, and slots refer to each other by index. There are very many accounts, so a
/// slot is not a separate object, and a use writes no references. Adding pages of slots does not copy existing pages.
/// </remarks>
internal sealed class AccountCache
{
    private const int PageBits = 8;
    private const int PageLength = 1 << PageBits;
    private const int None = -1;

    // A slot, and one and a half buckets: there are one to two times as many buckets as accounts.
    internal const long BytesPerSlot = 32 + 6;

    private Slot[][] _pages = [];
    private int[] _buckets = [];
    private int _used;
    private int _free = None;
    private int _oldest = None;
    private int _newest = None;

    /// <summary>How many accounts are in memory.</summary>
    public int Count { get; private set; }

    /// <summary>How much memory the accounts use, including their slots.</summary>
    public long SizeInBytes { get; private set; }

    /// <summary>Finds an account and marks it as used.</summary>
    public bool TryUse(AccountId account, [NotNullWhen(true)] out AccountState? state)
    {
        int index = Find(account);
        if (index == None)
        {
            state = null;
            return false;
        }

        if (index != _newest)
        {
            Unlink(index);
            LinkNewest(index);
        }

        state = At(index).State!;
        return true;
    }

    /// <summary>Finds an account without marking it as used.</summary>
    public bool TryPeek(AccountId account, [NotNullWhen(true)] out AccountState? state)
    {
        int index = Find(account);
        state = index == None ? null : At(index).State;
        return state is not null;
    }

    /// <summary>Adds an account.</summary>
    /// <exception cref="ArgumentException">The account is already in memory.</exception>
    public void Add(AccountState state)
    {
        if (Find(state.Account) != None)
        {
            throw new ArgumentException($"Account {state.Account} is in memory already.", nameof(state));
        }

        if (Count >= _buckets.Length)
        {
            Rehash(Math.Max(16, _buckets.Length * 2));
        }

        int index = TakeSlot();
        ref Slot slot = ref At(index);
        (slot.State, slot.Hash) = (state, state.Account.GetHashCode());
        slot.SizeInBytes = state.SizeInBytes + BytesPerSlot;
        ref int bucket = ref BucketOf(slot.Hash);
        (slot.Next, bucket) = (bucket, index);
        LinkNewest(index);
        Count++;
        SizeInBytes += slot.SizeInBytes;
    }

    public void Remove(AccountId account)
    {
        int index = Find(account);
        if (index == None)
        {
            return;
        }

        ref Slot slot = ref At(index);
        ref int link = ref BucketOf(slot.Hash);
        while (link != index)
        {
            link = ref At(link).Next;
        }

        link = slot.Next;
        Unlink(index);
        Count--;
        SizeInBytes -= slot.SizeInBytes;
        slot = new Slot { Next = _free };
        _free = index;
    }

    /// <summary>Removes accounts by the entries that opened them. It scans all accounts, so use it rarely.</summary>
    public void RemoveOpened(IReadOnlySet<Sequence> openings)
    {
        List<AccountId> found = [];
        for (int index = 0; index < _used; index++)
        {
            if (At(index).State is { } state && openings.Contains(state.Opening))
            {
                found.Add(state.Account);
            }
        }

        found.ForEach(Remove);
    }

    /// <summary>Updates the recorded size of an account.</summary>
    public void Measure(AccountId account)
    {
        int index = Find(account);
        if (index != None)
        {
            ref Slot slot = ref At(index);
            long size = slot.State!.SizeInBytes + BytesPerSlot;
            SizeInBytes += size - slot.SizeInBytes;
            slot.SizeInBytes = size;
        }
    }

    /// <summary>Evicts the least recently used accounts until the rest fits.</summary>
    /// <returns>How many accounts were evicted.</returns>
    public int EvictDownTo(long bytes)
    {
        int evicted = 0;
        while (SizeInBytes > bytes && _oldest != None)
        {
            Remove(At(_oldest).State!.Account);
            evicted++;
        }

        Debug.Assert(Count > 0 || SizeInBytes == 0, "No account takes no memory.");
        return evicted;
    }

    private ref Slot At(int index) => ref _pages[index >> PageBits][index & (PageLength - 1)];

    private ref int BucketOf(int hash) => ref _buckets[hash & (_buckets.Length - 1)];

    private int Find(AccountId account)
    {
        if (Count == 0)
        {
            return None;
        }

        int hash = account.GetHashCode();
        int index = BucketOf(hash);
        while (index != None)
        {
            ref Slot slot = ref At(index);
            if (slot.Hash == hash && slot.State!.Account.Equals(account))
            {
                return index;
            }

            index = slot.Next;
        }

        return None;
    }

    private int TakeSlot()
    {
        if (_free != None)
        {
            int free = _free;
            _free = At(free).Next;
            return free;
        }

        int page = _used >> PageBits;
        if (page == _pages.Length)
        {
            Array.Resize(ref _pages, Math.Max(1, page * 2));
        }

        _pages[page] ??= new Slot[PageLength];
        return _used++;
    }

    /// <summary>Distributes the accounts over more buckets. Their number is a power of two.</summary>
    private void Rehash(int bucketCount)
    {
        _buckets = new int[bucketCount];
        Array.Fill(_buckets, None);
        for (int index = 0; index < _used; index++)
        {
            ref Slot slot = ref At(index);
            if (slot.State is not null)
            {
                ref int bucket = ref BucketOf(slot.Hash);
                (slot.Next, bucket) = (bucket, index);
            }
        }
    }

    private void LinkNewest(int index)
    {
        ref Slot slot = ref At(index);
        (slot.Older, slot.Newer) = (_newest, None);
        NewerOf(_newest) = index;
        _newest = index;
    }

    private void Unlink(int index)
    {
        Slot slot = At(index);
        NewerOf(slot.Older) = slot.Newer;
        OlderOf(slot.Newer) = slot.Older;
    }

    /// <summary>The link from a slot to the one used next after it; for None, to the least recently used one.</summary>
    private ref int NewerOf(int index) => ref index == None ? ref _oldest : ref At(index).Newer;

    /// <summary>The link from a slot to the one used last before it; for None, to the most recently used one.</summary>
    private ref int OlderOf(int index) => ref index == None ? ref _newest : ref At(index).Older;

    private struct Slot
    {
        public AccountState? State;
        public long SizeInBytes;
        public int Hash;
        public int Next;
        public int Older;
        public int Newer;
    }
}
