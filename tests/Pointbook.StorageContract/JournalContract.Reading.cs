using System.Collections;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: reading, also while another caller appends.</summary>
public abstract partial class JournalContract
{
    private const int ManyCommits = 205;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(ManyCommits - 1)]
    [InlineData(ManyCommits)]
    public async Task Commits_are_read_in_order_after_any_commit(int skipped)
    {
        await AppendManyAsync();
        Sequence after = skipped == 0 ? Sequence.Zero : Chain.Commits[skipped - 1].Last;
        StoreAssert.Equal([.. Chain.Commits.Skip(skipped)], await StoreAssert.ReadAllAsync(Journal, after));
    }

    [Fact]
    public async Task Entries_at_any_sequences_are_read_in_one_call()
    {
        await AppendManyAsync();
        Entry[] all = [.. Chain.Commits.SelectMany(commit => commit.Entries)];
        Random random = new(20201102);
        Assert.Empty(await Journal.ReadEntriesAsync([], Token));
        for (int sample = 0; sample < 30; sample++)
        {
            // The ranges are short and long, within commits and across them, and some are adjacent.
            List<EntryRange> ranges = [];
            for (int first = random.Next(40); first < all.Length; first = (int)ranges[^1].Last.Value + (random.Next(3) * random.Next(40)))
            {
                int last = Math.Min(all.Length - 1, first + (random.Next(2) * random.Next(30)));
                ranges.Add(new EntryRange(new Sequence(first + 1), new Sequence(last + 1)));
            }

            Assert.Equal(
                ranges.SelectMany(range => all[(int)(range.First.Value - 1)..(int)range.Last.Value]),
                await Journal.ReadEntriesAsync(ranges, Token));
        }
    }

    [Theory]
    [InlineData(CommitBody.EntriesPerBlock)]
    [InlineData(CommitBody.EntriesPerBlock + 1)]
    [InlineData(20 * CommitBody.EntriesPerBlock)]
    public async Task Entries_at_any_sequences_of_a_commit_with_several_blocks_are_read(int count)
    {
        await AppendAsync(Chain.AddCredits(1, 2));
        await AppendAsync(Chain.AddCredits(Enumerable.Range(1, count).Select(points => (long)points)));
        await AppendAsync(Chain.AddCredits(3));
        Entry[] all = [.. Chain.Commits.SelectMany(commit => commit.Entries)];
        (int First, int Last)[] places =
        [
            (0, 2), (2, 2), (255, 256), (256, 260), (257, 257), (258, 258), (259, 259), (1, count + 2), (count, count + 2), (count + 1, count + 1), (count + 2, count + 2),
        ];
        foreach ((int first, int last) in places.Where(range => range.Last < all.Length))
        {
            Assert.Equal(all[first..(last + 1)], await Journal.ReadEntriesAsync([Range(first, last)], Token));
        }

        EntryRange[] heads = [.. Enumerable.Range(0, all.Length).Where(place => place % 50 == 0 || place % 256 < 2).Select(place => Range(place, place))];
        Assert.Equal(heads.Select(range => all[(int)range.First.Value - 1]), await Journal.ReadEntriesAsync(heads, Token));
        StoreAssert.Equal(Chain.Commits, await StoreAssert.ReadAllAsync(Journal, Sequence.Zero));

        static EntryRange Range(int first, int last) => new(new Sequence(first + 1), new Sequence(last + 1));
    }

    [Fact]
    public async Task Reading_from_inside_a_commit_returns_the_whole_commit()
    {
        await AppendManyAsync();
        foreach (Commit commit in Chain.Commits.Where(commit => commit.Entries.Count > 1 && commit.Entries[0].Points.Value % 20 < 3))
        {
            for (Sequence after = commit.First; after < commit.Last; after = after.Next)
            {
                StoreAssert.Equal([.. Chain.Commits.Where(other => other.Last > after)], await StoreAssert.ReadAllAsync(Journal, after));
            }
        }
    }

    [Fact]
    public async Task Reading_from_inside_the_first_and_the_last_commit_works()
    {
        await AppendAsync(Chain.AddCredits(1, 2, 3));
        await AppendAsync(Chain.AddCredits(4));
        await AppendAsync(Chain.AddCredits(5, 6, 7));
        StoreAssert.Equal(Chain.Commits, await StoreAssert.ReadAllAsync(Journal, new Sequence(2)));
        StoreAssert.Equal([.. Chain.Commits.Skip(1)], await StoreAssert.ReadAllAsync(Journal, new Sequence(3)));
        StoreAssert.Equal([Chain.Commits[^1]], await StoreAssert.ReadAllAsync(Journal, new Sequence(6)));
        Assert.Empty(await StoreAssert.ReadAllAsync(Journal, new Sequence(7)));
    }

    [Fact]
    public async Task Nothing_is_read_after_the_head()
    {
        await AppendAsync(Chain.AddCredits(1, 2));
        Assert.Empty(await StoreAssert.ReadAllAsync(Journal, new Sequence(1_000)));
        Assert.Empty(await StoreAssert.ReadAllAsync(Journal, new Sequence(long.MaxValue - 1)));
    }

    [Fact]
    public async Task A_seal_is_found_only_at_the_end_of_its_commit()
    {
        await AppendManyAsync();
        Dictionary<Sequence, Digest> seals = Chain.Commits.ToDictionary(commit => commit.Last, commit => commit.Seal);
        seals.Add(Sequence.Zero, default);
        for (Sequence last = Sequence.Zero; last <= Chain.Next; last = last.Next)
        {
            Assert.Equal(seals.TryGetValue(last, out Digest seal) ? seal : null, await Journal.ReadSealAsync(last, Token));
        }
    }

    [Fact]
    public async Task Ranges_beyond_the_journal_return_only_existing_entries()
    {
        await AppendAsync(Chain.AddCredits(1, 2));
        Assert.Empty(await Journal.ReadEntriesAsync([new EntryRange(Sequence.Zero, Sequence.Zero)], Token));
        Assert.Empty(await Journal.ReadEntriesAsync([new EntryRange(new Sequence(3), new Sequence(3))], Token));
        Assert.Empty(await Journal.ReadEntriesAsync([new EntryRange(new Sequence(long.MaxValue), new Sequence(long.MaxValue))], Token));
        Assert.Equal(
            [Chain.Commits[0].Entries[1]], await Journal.ReadEntriesAsync([new EntryRange(new Sequence(2), new Sequence(1_000))], Token));
    }

    [Theory]
    [InlineData(typeof(FormatException))]
    [InlineData(typeof(ArgumentException))]
    [InlineData(typeof(OverflowException))]
    [InlineData(typeof(KeyNotFoundException))]
    [InlineData(typeof(InvalidCastException))]
    public async Task A_bug_during_a_read_is_not_reported_as_damage(Type bug)
    {
        await AppendAsync(Chain.AddCredits(1, 2));
        await Assert.ThrowsAsync(bug, async () => await Journal.ReadEntriesAsync(new FaultyRanges((Exception)Activator.CreateInstance(bug)!), Token));
    }

    [Fact]
    public async Task A_commit_can_be_read_and_checked_by_any_of_its_entries()
    {
        await AppendManyAsync();
        foreach (Commit commit in Chain.Commits.Take(40))
        {
            for (Sequence entry = commit.First; entry <= commit.Last; entry = entry.Next)
            {
                StoreAssert.Equal([commit], [(await JournalVerification.ReadCommitOfAsync(Journal, entry, Token))!]);
            }
        }

        Assert.Null(await JournalVerification.ReadCommitOfAsync(Journal, Chain.Head.Last.Next, Token));
    }

    [Fact]
    public async Task Concurrent_readers_see_only_whole_commits_and_never_fewer_than_before()
    {
        using CancellationTokenSource written = new();
        Task<int>[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadUntilAsync(written.Token), Token))];
        await AppendManyAsync();
        await written.CancelAsync();

        Assert.All(await Task.WhenAll(readers), rounds => Assert.True(rounds > 0));
        StoreAssert.Equal(Chain.Commits, await StoreAssert.ReadAllAsync(Journal));
    }

    [Fact]
    public async Task A_cancelled_read_ends_and_leaves_the_journal_usable()
    {
        await AppendManyAsync();
        for (int read = 1; read <= 3; read++)
        {
            using CancellationTokenSource cancelled = new();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadAndCancelAsync(read, cancelled));
        }

        await AppendAsync(Chain.AddCredits(1));
        StoreAssert.Equal(Chain.Commits, await StoreAssert.ReadAllAsync(Journal));
    }

    [Fact]
    public async Task An_abandoned_read_leaves_the_journal_usable()
    {
        await AppendManyAsync();
        await foreach (Commit commit in Journal.ReadCommitsAsync(Sequence.Zero, Token))
        {
            if (commit.Last >= new Sequence(70))
            {
                break;
            }
        }

        await AppendAsync(Chain.AddCredits(1));
        StoreAssert.Equal(Chain.Commits, await StoreAssert.ReadAllAsync(Journal));
    }

    private async Task AppendManyAsync()
    {
        for (int number = 1; number <= ManyCommits; number++)
        {
            await AppendAsync(Chain.AddCredits(Enumerable.Repeat((long)number, (number % 3) + 1)));
        }
    }

    private async Task<int> ReadUntilAsync(CancellationToken written)
    {
        Sequence seen = Sequence.Zero;
        int rounds = 0;
        do
        {
            JournalHead head = await Journal.ReadHeadAsync(Token);
            Assert.True(head.Last >= seen);
            JournalHead verified = await JournalVerification.VerifyAsync(Journal, Token);
            Assert.True(verified.Last >= head.Last);
            Assert.Equal(head.Seal, await Journal.ReadSealAsync(head.Last, Token));
            seen = verified.Last;
            rounds++;
        }
        while (!written.IsCancellationRequested);
        return rounds;
    }

    private async Task ReadAndCancelAsync(int count, CancellationTokenSource cancelled)
    {
        int read = 0;
        await foreach (Commit _ in Journal.ReadCommitsAsync(Sequence.Zero, cancelled.Token))
        {
            if (++read == count)
            {
                await cancelled.CancelAsync();
            }
        }
    }

    /// <summary>A list of ranges that fails when it is read.</summary>
    private sealed class FaultyRanges(Exception fault) : IReadOnlyList<EntryRange>
    {
        public int Count => 1;

        public EntryRange this[int index] => throw fault;

        public IEnumerator<EntryRange> GetEnumerator() => throw fault;

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
