using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Support;

/// <summary>Makes commits that follow each other, with ids and times that are the same in each run.</summary>
public sealed class CommitChain
{
    private readonly CommitSealer _sealer = new(TestSalts.Create());
    private readonly AccountPlaces _places = new();
    private readonly Random _random = new(20201102);
    private readonly TimeProvider _clock;

    private readonly int _partition;

    public CommitChain(TimeProvider clock, int partition = 0) => (_clock, _partition) = (clock, partition);

    /// <summary>The head after the commits so far.</summary>
    public JournalHead Head { get; private set; } = JournalHead.Empty;

    /// <summary>The commits so far.</summary>
    public List<Commit> Commits { get; } = [];

    /// <summary>The sequence of the next entry.</summary>
    public Sequence Next => Head.Last.Next;

    /// <summary>The time of the next commit, unless the clock moves.</summary>
    public Instant NextTime => TimeAfter(Head);

    /// <summary>Makes the next commit and moves the head to it.</summary>
    public Commit Add(IReadOnlyList<Entry> entries)
    {
        Commit commit = Fork(_places.Assign(entries));
        _sealer.KeepLast();
        Head = commit.ToHead();
        Commits.Add(commit);
        return commit;
    }

    /// <summary>Makes the next commit, with a credit for each amount.</summary>
    public Commit AddCredits(params IEnumerable<long> points) =>
        Add([.. points.Select((amount, index) => Given.Credit(Next.Plus(index), amount))]);

    /// <summary>Makes a possible next commit, but does not move the head.</summary>
    public Commit Fork(IReadOnlyList<Entry> entries, CommitTime? time = null) => Seal(Head, entries, time);

    /// <summary>Makes a commit that follows the given head.</summary>
    public Commit Seal(JournalHead head, IReadOnlyList<Entry> entries, CommitTime? time = null)
    {
        byte[] id = new byte[16];
        _random.NextBytes(id);
        return _sealer.Seal(head, _partition, new Guid(id), time ?? new CommitTime(Instant.FromDateTimeOffset(_clock.GetUtcNow()), TimeAfter(head)), _places.Copy().Assign(entries));
    }

    private Instant TimeAfter(JournalHead head)
    {
        Instant now = Instant.FromDateTimeOffset(_clock.GetUtcNow());
        return now > head.RecordedAt ? now : head.RecordedAt.PlusClamped(TimeSpan.FromMicroseconds(1));
    }
}
