using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The memory of a partition's loop: the head of the journal, the tail, and the accounts in memory. Owned by the loop.</summary>
internal sealed class PartitionMemory(long cacheBytesMax, CommitWindow commits, SaltSource salts, Action<AccountDamagedException> onDamaged)
{
    private readonly Dictionary<AccountId, Sequence> _absent = [];
    private AccountCache _cache = new();
    private readonly CommitSealer _sealer = new(salts);
    private Tail _tail = new(Sequence.Zero, commits);
    private Instant _answeredAsOf = Instant.MinValue;
    private int _corrections;
    private long _committed;

    /// <summary>The last known end of the journal.</summary>
    public JournalHead Head { get; private set; } = JournalHead.Empty;

    /// <summary>The last entry that the account store is known to contain. It may be after the head. Loads rely on it.</summary>
    public Sequence StoredThrough { get; private set; }

    /// <summary>How many entries the account store is behind the head.</summary>
    public long Lag => Head.Last.Value - StoredThrough.Value;

    /// <summary>The tail holds every entry after this one, up to the head.</summary>
    public Sequence TrimmedThrough => _tail.TrimmedThrough;

    /// <summary>How many entries the tail holds.</summary>
    public long TailLength => Head.Last.Value - TrimmedThrough.Value;

    /// <summary>The last entry of <see cref="Head"/>. Readable from any thread.</summary>
    public Sequence Committed => new(Volatile.Read(ref _committed));

    /// <summary>Begins without any account, at a head up to which the account store contains all entries.</summary>
    public void Begin(JournalHead head)
    {
        (_cache, _tail) = (new AccountCache(), new Tail(head.Last, commits));
        _absent.Clear();
        _sealer.Forget();
        StoredThrough = head.Last;
        MoveTo(head);
    }

    /// <summary>Records how far the account store has advanced. The recorded position never goes back.</summary>
    public void AdvanceStored(Sequence through) => StoredThrough = through > StoredThrough ? through : StoredThrough;

    /// <summary>The times of the next batch. The clock gives decidedAt. recordedAt is later than every commit and every answer so far.</summary>
    /// <remarks>A balance states its as-of time. If the clock is set back, later entries must not get an earlier time than that.</remarks>
    public CommitTime NextTime(in ClockReading clock)
    {
        if (clock.Corrections != _corrections)
        {
            // Answers with a wrong as-of time must not delay recordedAt after the clock was corrected.
            (_answeredAsOf, _corrections) = (Instant.MinValue, clock.Corrections);
        }

        Instant now = clock.Now;
        Instant latest = Head.RecordedAt > _answeredAsOf ? Head.RecordedAt : _answeredAsOf;
        return new CommitTime(now, now > latest ? now : Instant.FromUnixMicroseconds(latest.UnixMicroseconds + 1));
    }

    /// <summary>Records the as-of time of the answers that are given now.</summary>
    public void TakeAnswered(Instant asOf) => _answeredAsOf = asOf;

    /// <summary>Seals entries as the commit that follows the head.</summary>
    public Commit Seal(int partition, Guid id, CommitTime time, IReadOnlyList<Entry> entries) =>
        _sealer.Seal(Head, partition, id, time, entries);

    /// <summary>Finds an account in memory and marks it as used.</summary>
    public bool TryUse(AccountId account, [NotNullWhen(true)] out AccountState? state) => _cache.TryUse(account, out state);

    /// <summary>Whether an account is in memory.</summary>
    public bool Contains(AccountId account) => _cache.TryPeek(account, out _);

    /// <summary>Measures an account whose size has changed although no entry was applied.</summary>
    public void Measure(AccountId account) => _cache.Measure(account);

    /// <summary>Adds a loaded account to memory and applies its entries from the tail.</summary>
    /// <param name="state">The state.</param>
    /// <param name="absentThrough">If the account has no row, see <see cref="LoadedAccount.AbsentThrough"/>.</param>
    /// <returns>False if the tail's entries do not follow from the loaded state: the rows do not match the entries before them.</returns>
    public bool TryTakeLoaded(AccountState state, Sequence absentThrough)
    {
        if (Contains(state.Account))
        {
            return true;
        }

        if (_tail.HasErased(state.Opening))
        {
            // The load read its row before another process stored the erasure.
            state = new AccountState(state.Account);
        }

        foreach (Entry entry in _tail.EntriesOf(state.Account))
        {
            // The loop may have read the first entries under the account key, and the last ones under the erased name.
            if (entry.Sequence > state.StandsAt && !_tail.HasErased(entry.AccountOpening) && !IsOfErased(state, entry, absentThrough) && !TryApply(state, entry))
            {
                return false;
            }
        }

        if (state.Opening == Sequence.Zero && absentThrough > Head.Last)
        {
            // The loop may still read entries of an erased account.
            _absent[state.Account] = absentThrough;
        }

        state.AssertConsistent();
        _cache.Add(state);
        return true;
    }

    /// <summary>
    /// Whether an entry is from an account that was erased before the load looked for its row. The tail, or later reads, may contain such entries: another process
    /// may already have stored the erasure.
    /// </summary>
    private static bool IsOfErased(AccountState state, Entry entry, Sequence absentThrough) =>
        state.Opening == Sequence.Zero && entry.Opening != Sequence.Zero && entry.Sequence <= absentThrough;

    /// <summary>Adds a durable commit of this loop. The states in memory already contain its entries.</summary>
    public void TakeOwn(Commit commit, IEnumerable<AccountId> changed)
    {
        Debug.Assert(commit.First == Head.Last.Next && commit.PreviousSeal == Head.Seal, "An own commit follows the head that it was sealed behind.");
        MoveTo(commit.ToHead());
        _sealer.KeepLast();
        _tail.Append(commit);
        foreach (AccountId account in changed)
        {
            _cache.Measure(account);
        }
    }

    /// <summary>Adds a durable commit of another process, or of an attempt of this process with unknown outcome.</summary>
    /// <exception cref="JournalException">The commit does not follow the head, or does not match its seal.</exception>
    public void TakeForeign(Commit commit)
    {
        JournalVerification.Check(commit, Head);
        MoveTo(commit.ToHead());
        _tail.Append(commit);
        ForgetErased(commit);
        foreach (Entry entry in commit.Entries)
        {
            // The account may have been loaded from an account store that another process had advanced past this head.
            if (_cache.TryPeek(entry.Account, out AccountState? state) && entry.Sequence > state.StandsAt
                && !IsOfErased(state, entry, _absent.GetValueOrDefault(entry.Account)))
            {
                if (TryApply(state, entry))
                {
                    _cache.Measure(entry.Account);
                }
                else
                {
                    _cache.Remove(entry.Account);
                }
            }
        }

        ForgetAbsent();
    }

    /// <summary>Removes accounts that are ahead of the journal. They are loaded again when a command or read needs them.</summary>
    public void Forget(IEnumerable<AccountId> accounts)
    {
        foreach (AccountId account in accounts)
        {
            _cache.Remove(account);
        }
    }

    /// <summary>Looks up a key in the tail and in the account store's answer.</summary>
    /// <param name="item">The item.</param>
    /// <param name="key">Its key.</param>
    /// <param name="opening">The first entry of the account. Earlier operations belong to an erased account with the same account key.</param>
    /// <param name="used">The key's earlier use; null if it was not used.</param>
    /// <returns>Whether it is known if the key was used.</returns>
    public bool TryFindKey(AccountItem item, IdempotencyKey key, Sequence opening, out KeyRecord? used)
    {
        if (_tail.TryFindKey(item.Account, key, out used))
        {
            used = IsOf(opening, used);
            return true;
        }

        used = IsOf(opening, item.KeyAnswer?.Record);
        // An unused key is known as unused only while the tail holds every entry that the account store's answer did not cover.
        return item.KeyAnswer is not null && (used is not null || item.KeyAnswer.Through >= _tail.TrimmedThrough);
    }

    private static KeyRecord? IsOf(Sequence opening, KeyRecord? used) => opening != Sequence.Zero && used?.Operation >= opening ? used : null;

    /// <summary>Looks up the end of an item's subject in the tail and in the account store's answer.</summary>
    /// <returns>Whether it is known if the subject has ended.</returns>
    public bool TryFindEnd(AccountItem item, Sequence subject, out SubjectEnd? end)
    {
        if (_tail.TryFindEnd(subject, out end))
        {
            return true;
        }

        end = item.EndAnswer?.End;
        return item.EndAnswer is not null && item.EndAnswer.Through >= _tail.TrimmedThrough;
    }

    /// <summary>Trims the tail up to an entry.</summary>
    public void TrimTail(Sequence through) => _tail.TrimThrough(through);

    /// <summary>Evicts the least recently used accounts until the rest fits.</summary>
    /// <returns>How many accounts were evicted.</returns>
    public int Evict() => _cache.EvictDownTo(cacheBytesMax);

    /// <summary>Applies a journal entry to a loaded state. The entry's seal was checked, so if the entry does not follow, the loaded rows are damaged.</summary>
    private bool TryApply(AccountState state, Entry entry)
    {
        try
        {
            state.Apply(entry);
            return true;
        }
        catch (EntryMismatchException mismatch)
        {
            onDamaged(new AccountDamagedException(state.Account, $"they do not lead to entry {entry.Sequence}", mismatch));
            return false;
        }
    }

    /// <summary>Removes accounts whose keys were erased before this commit was read. The commit has their last entries under the erased name.</summary>
    private void ForgetErased(Commit commit)
    {
        HashSet<Sequence>? openings = null;
        foreach (Entry entry in commit.Entries)
        {
            if (entry.Account.IsErased)
            {
                (openings ??= []).Add(entry.AccountOpening);
            }
        }

        if (openings is not null)
        {
            _cache.RemoveOpened(openings);
        }
    }

    /// <summary>Forgets which accounts had no row, once the loop can read no more entries of an erased account.</summary>
    private void ForgetAbsent()
    {
        if (_absent.Count > 0)
        {
            foreach (AccountId account in _absent.Where(absent => absent.Value <= Head.Last).Select(absent => absent.Key).ToArray())
            {
                _absent.Remove(account);
            }
        }
    }

    private void MoveTo(JournalHead head)
    {
        Debug.Assert(head.Last >= Head.Last, "The head never goes back.");
        Head = head;
        Volatile.Write(ref _committed, head.Last.Value);
    }
}
