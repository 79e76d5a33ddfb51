using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The journal entries that are not in the account store yet, indexed by account and idempotency key. Owned by the loop.</summary>
internal sealed class Tail
{
    // Enough for a busy second, so that the dictionaries do not grow again after each round of the snapshot writer.
    private const int CapacityKeptMax = 65_536;

    // Each round of the snapshot writer empties the queues of very many accounts, and the next commits need them again.
    private const int FreeMax = 16_384;
    private const int FreeCapacityMax = 16;
    private const int FreeKeptMax = 256;

    private readonly CommitWindow _commits;
    private readonly Dictionary<AccountId, Queue<Entry>> _byAccount = [];
    private readonly Stack<Queue<Entry>> _free = new();
    private readonly Dictionary<(AccountId Account, IdempotencyKey Key), KeyRecord> _keys = [];
    private readonly Dictionary<Sequence, SubjectEnd> _ends = [];
    private Sequence _last;
    private int _erasedAccounts;

    /// <summary>An empty tail.</summary>
    /// <param name="trimmedThrough">The account store contains every entry up to this one.</param>
    /// <param name="commits">Gets the commits, so that other threads can look up entries. The tail clears it first.</param>
    public Tail(Sequence trimmedThrough, CommitWindow commits)
    {
        _last = TrimmedThrough = trimmedThrough;
        _commits = commits;
        commits.Clear();
    }

    /// <summary>The tail holds every entry after this one.</summary>
    public Sequence TrimmedThrough { get; private set; }

    /// <summary>Adds a durable commit.</summary>
    public void Append(Commit commit)
    {
        Debug.Assert(commit.First == _last.Next, "The tail has no gap; Batch writes none.");
        _last = commit.Last;
        _commits.Add(commit);
        AccountId? account = null;
        Queue<Entry>? entries = null;
        foreach (Entry entry in commit.Entries)
        {
            if (entries is null || entry.Account != account)
            {
                account = entry.Account;
                if (!_byAccount.TryGetValue(account, out entries))
                {
                    entries = _free.Count > 0 ? _free.Pop() : new Queue<Entry>();
                    _byAccount.Add(account, entries);
                    _erasedAccounts += account.IsErased ? 1 : 0;
                }
            }

            entries.Enqueue(entry);
            if (entry.Origin is { Key: { } key, KeyHash: { } hash })
            {
                _keys[(entry.Account, key)] = new KeyRecord(hash, entry.Sequence, commit.DecidedAt);
            }

            if (SubjectEnd.Of(entry) is { } end)
            {
                _ends[entry.Subject!.Value] = end;
            }
        }
    }

    /// <summary>The entries of an account in order.</summary>
    public IEnumerable<Entry> EntriesOf(AccountId account) =>
        _byAccount.TryGetValue(account, out Queue<Entry>? entries) ? entries : [];

    /// <summary>Whether the tail has entries of this account under its erased name, because they were read after its key was erased.</summary>
    /// <param name="opening">The first entry of the account.</param>
    public bool HasErased(Sequence opening) => _erasedAccounts > 0 && opening != Sequence.Zero && _byAccount.ContainsKey(AccountId.Erased(opening));

    /// <summary>Finds a key's use in the tail.</summary>
    public bool TryFindKey(AccountId account, IdempotencyKey key, [NotNullWhen(true)] out KeyRecord? record)
    {
        record = _keys.TryGetValue((account, key), out KeyRecord found) ? found : null;
        return record is not null;
    }

    /// <summary>Finds the end of a subject in the tail.</summary>
    public bool TryFindEnd(Sequence subject, [NotNullWhen(true)] out SubjectEnd? end)
    {
        end = _ends.TryGetValue(subject, out SubjectEnd found) ? found : null;
        return end is not null;
    }

    /// <summary>Removes whole commits up to an entry.</summary>
    public void TrimThrough(Sequence through)
    {
        while (_commits.TakeFirst(through) is { } commit)
        {
            TrimmedThrough = commit.Last;
            foreach (Entry entry in commit.Entries)
            {
                Trim(entry);
            }
        }

        if (_byAccount.Count == 0 && _free.Count > FreeKeptMax)
        {
            _free.Clear();
            _free.TrimExcess();
        }

        ShrinkIfEmpty(_byAccount);
        ShrinkIfEmpty(_keys);
        ShrinkIfEmpty(_ends);
    }

    /// <summary>Releases memory after an import. Removing entries alone does not.</summary>
    private static void ShrinkIfEmpty<TKey, TValue>(Dictionary<TKey, TValue> dictionary)
        where TKey : notnull
    {
        if (dictionary.Count == 0 && dictionary.Capacity > CapacityKeptMax)
        {
            dictionary.TrimExcess();
        }
    }

    private void Trim(Entry entry)
    {
        Queue<Entry> entries = _byAccount[entry.Account];
        entries.Dequeue();
        if (entries.Count == 0)
        {
            _byAccount.Remove(entry.Account);
            if (_free.Count < FreeMax && entries.Capacity <= FreeCapacityMax)
            {
                _free.Push(entries);
            }

            _erasedAccounts -= entry.Account.IsErased ? 1 : 0;
        }

        if (entry.Origin?.Key is { } key
            && _keys.TryGetValue((entry.Account, key), out KeyRecord record)
            && record.Operation == entry.Sequence)
        {
            _keys.Remove((entry.Account, key));
        }

        if (entry.Subject is { } subject && _ends.TryGetValue(subject, out SubjectEnd end) && end.Operation == entry.Sequence)
        {
            _ends.Remove(subject);
        }
    }
}
