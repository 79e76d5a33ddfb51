using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>What the loop of a partition knows: the head of the journal, the tail, and the accounts in memory. Owned by the loop.</summary>
internal sealed class PartitionMemory(long cacheBytesMax, CommitWindow commits, SaltSource salts, Action<AccountDamagedException> onDamaged)
{
    private AccountCache _cache = new();
    private readonly CommitSealer _sealer = new(salts);
    private readonly CommitSeal _seals = new();
    private Tail _tail = new(Sequence.Zero, commits);
    private Instant _answeredAsOf = Instant.MinValue;
    private int _corrections;
    private long _committed;

    /// <summary>Where the journal ends, as far as is known.</summary>
    public JournalHead Head { get; private set; } = JournalHead.Empty;

    /// <summary>The furthest the projection is known to have come, which may be further than the head. A load relies on it.</summary>
    public Sequence Projected { get; private set; }

    /// <summary>How many entries the projection is behind.</summary>
    public long Lag => Head.Last.Value - Projected.Value;

    /// <summary>The tail holds everything between this entry and the head.</summary>
    public Sequence TrimmedThrough => _tail.TrimmedThrough;

    /// <summary>How many entries the tail holds.</summary>
    public long TailLength => Head.Last.Value - TrimmedThrough.Value;

    /// <summary>The last entry of <see cref="Head"/>. Readable from any thread.</summary>
    public Sequence Committed => new(Volatile.Read(ref _committed));

    /// <summary>Begins, without any account, where the projection contains everything.</summary>
    public void Begin(JournalHead head)
    {
        (_cache, _tail) = (new AccountCache(), new Tail(head.Last, commits));
        _sealer.Forget();
        Projected = head.Last;
        MoveTo(head);
    }

    /// <summary>Takes note of how far the projection has come. What is known already is not taken back.</summary>
    public void TakeProjected(Sequence through) => Projected = through > Projected ? through : Projected;

    /// <summary>The times of the next batch: it is decided by the clock, and recorded later than every commit and than every answer given so far.</summary>
    /// <remarks>A balance says as of when it is; a clock that is set back must not date a later entry before that.</remarks>
    public CommitTime NextTime(in ClockReading clock)
    {
        if (clock.Corrections != _corrections)
        {
            // Answers that were as of a wrong time do not hold up the books for ever.
            (_answeredAsOf, _corrections) = (Instant.MinValue, clock.Corrections);
        }

        Instant now = clock.Now;
        Instant latest = Head.RecordedAt > _answeredAsOf ? Head.RecordedAt : _answeredAsOf;
        return new CommitTime(now, now > latest ? now : Instant.FromUnixMicroseconds(latest.UnixMicroseconds + 1));
    }

    /// <summary>Takes note that answers as of this time are given.</summary>
    public void TakeAnswered(Instant asOf) => _answeredAsOf = asOf;

    /// <summary>Seals entries as the commit that follows the head.</summary>
    public Commit Seal(int partition, Guid id, CommitTime time, IReadOnlyList<Entry> entries) =>
        _sealer.Seal(Head, partition, id, time, entries);

    /// <summary>Finds an account in memory and counts that as use.</summary>
    public bool TryUse(AccountId account, [NotNullWhen(true)] out AccountState? state) => _cache.TryUse(account, out state);

    /// <summary>Whether an account is in memory.</summary>
    public bool Contains(AccountId account) => _cache.TryPeek(account, out _);

    /// <summary>Measures an account again that has grown or shrunk although no entry was applied.</summary>
    public void Measure(AccountId account) => _cache.Measure(account);

    /// <summary>Takes in an account that was loaded, with what the tail has of it.</summary>
    /// <returns>False if the entries of the tail do not follow from what was loaded: the rows are not what the entries before them left.</returns>
    public bool TryTakeLoaded(AccountState state)
    {
        if (Contains(state.Account))
        {
            return true;
        }

        foreach (Entry entry in _tail.EntriesOf(state.Account))
        {
            if (entry.Sequence > state.StandsAt && !TryApply(state, entry))
            {
                return false;
            }
        }

        state.AssertConsistent();
        _cache.Add(state);
        return true;
    }

    /// <summary>Takes in a durable commit whose entries are in the states in memory already.</summary>
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

    /// <summary>Takes in a durable commit that somebody else made, or that was made in an attempt whose outcome was not known.</summary>
    /// <exception cref="JournalException">The commit does not follow the head, or does not match its seal.</exception>
    public void TakeForeign(Commit commit)
    {
        JournalVerification.Check(commit, Head, _seals);
        MoveTo(commit.ToHead());
        _tail.Append(commit);
        foreach (Entry entry in commit.Entries)
        {
            // An account may have been loaded from a projection that somebody else had brought further than this head.
            if (_cache.TryPeek(entry.Account, out AccountState? state) && entry.Sequence > state.StandsAt)
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
    }

    /// <summary>Lets go of accounts that are ahead of the journal; they are loaded again when they are needed.</summary>
    public void Forget(IEnumerable<AccountId> accounts)
    {
        foreach (AccountId account in accounts)
        {
            _cache.Remove(account);
        }
    }

    /// <summary>Looks a key up in the tail and in what the projection said.</summary>
    /// <returns>Whether it is known what, if anything, the key was used for.</returns>
    public bool TryFindKey(AccountItem item, IdempotencyKey key, out KeyRecord? used)
    {
        if (_tail.TryFindKey(item.Account, key, out used))
        {
            return true;
        }

        used = item.ProjectedKey?.Record;
        // That a key was not used is known only while the tail still holds everything the projection was not asked about.
        return item.ProjectedKey is not null && (used is not null || item.ProjectedKey.Through >= _tail.TrimmedThrough);
    }

    /// <summary>Looks up in the tail and in what the projection said what became of an item's subject.</summary>
    /// <returns>Whether it is known what, if anything, became of it.</returns>
    public bool TryFindEnd(AccountItem item, Sequence subject, out SubjectEnd? end)
    {
        if (_tail.TryFindEnd(subject, out end))
        {
            return true;
        }

        end = item.ProjectedEnd?.End;
        return item.ProjectedEnd is not null && item.ProjectedEnd.Through >= _tail.TrimmedThrough;
    }

    /// <summary>Lets go of the tail up to an entry.</summary>
    public void TrimTail(Sequence through) => _tail.TrimThrough(through);

    /// <summary>Lets go of the least recently used accounts that do not fit.</summary>
    /// <returns>How many went.</returns>
    public int Evict() => _cache.EvictDownTo(cacheBytesMax);

    /// <summary>Applies an entry of the journal to a state that was loaded. The seal of the entry was checked, so if it does not follow, what was loaded is damaged.</summary>
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

    private void MoveTo(JournalHead head)
    {
        Debug.Assert(head.Last >= Head.Last, "The head never goes back.");
        Head = head;
        Volatile.Write(ref _committed, head.Last.Value);
    }
}
