using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: reading back, also beside a writer.</summary>
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
    public async Task Commits_are_read_in_order_from_the_end_of_any_commit(int skipped)
    {
        await AppendManyAsync();
        Sequence after = skipped == 0 ? Sequence.Zero : Chain.Commits[skipped - 1].Last;
        Compare.Equal([.. Chain.Commits.Skip(skipped)], await Compare.ReadAllAsync(Journal, after));
    }

    [Fact]
    public async Task Entries_are_read_from_any_places_in_one_answer()
    {
        await AppendManyAsync();
        Entry[] all = [.. Chain.Commits.SelectMany(commit => commit.Entries)];
        Random random = new(20201102);
        Assert.Empty(await Journal.ReadEntriesAsync([], Token));
        for (int sample = 0; sample < 30; sample++)
        {
            // Short and long ranges, within commits and across them, some of them next to each other.
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

    [Fact]
    public async Task Commits_are_read_from_inside_a_commit_with_the_whole_of_it()
    {
        await AppendManyAsync();
        foreach (Commit commit in Chain.Commits.Where(commit => commit.Entries.Count > 1 && commit.Entries[0].Points.Value % 20 < 3))
        {
            for (Sequence after = commit.First; after < commit.Last; after = after.Next)
            {
                Compare.Equal([.. Chain.Commits.Where(other => other.Last > after)], await Compare.ReadAllAsync(Journal, after));
            }
        }
    }

    [Fact]
    public async Task Commits_are_read_from_inside_the_first_and_the_last_commit()
    {
        await AppendAsync(Chain.AddCredits(1, 2, 3));
        await AppendAsync(Chain.AddCredits(4));
        await AppendAsync(Chain.AddCredits(5, 6, 7));
        Compare.Equal(Chain.Commits, await Compare.ReadAllAsync(Journal, new Sequence(2)));
        Compare.Equal([.. Chain.Commits.Skip(1)], await Compare.ReadAllAsync(Journal, new Sequence(3)));
        Compare.Equal([Chain.Commits[^1]], await Compare.ReadAllAsync(Journal, new Sequence(6)));
        Assert.Empty(await Compare.ReadAllAsync(Journal, new Sequence(7)));
    }

    [Fact]
    public async Task Nothing_is_read_after_the_head()
    {
        await AppendAsync(Chain.AddCredits(1, 2));
        Assert.Empty(await Compare.ReadAllAsync(Journal, new Sequence(1_000)));
        Assert.Empty(await Compare.ReadAllAsync(Journal, new Sequence(long.MaxValue - 1)));
    }

    [Fact]
    public async Task A_seal_is_found_at_the_end_of_its_commit_and_nowhere_else()
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
    public async Task An_operation_is_read_whole_by_its_first_entry_and_by_no_other()
    {
        List<IReadOnlyList<Entry>> operations = [];
        for (int index = 0; index < 8; index++)
        {
            operations.AddRange(NextOperations(operations.Sum(operation => operation.Count)));
        }

        await AppendInCommitsOfThreeAsync(operations);
        foreach (IReadOnlyList<Entry> operation in operations)
        {
            Commit commit = Chain.Commits.Single(commit => commit.First <= operation[0].Sequence && commit.Last >= operation[0].Sequence);
            RecordedOperation? read = await Journal.ReadOperationAsync(operation[0].Sequence, Token);
            Assert.Equal(operation, read!.Entries);
            Assert.Equal(commit.Time, read.Time);
            foreach (Entry entry in operation.Skip(1))
            {
                Assert.Null(await Journal.ReadOperationAsync(entry.Sequence, Token));
            }
        }
    }

    [Fact]
    public async Task No_operation_is_found_where_there_is_no_entry()
    {
        await AppendAsync(Chain.AddCredits(1, 2));
        Assert.Null(await Journal.ReadOperationAsync(Sequence.Zero, Token));
        Assert.Null(await Journal.ReadOperationAsync(new Sequence(3), Token));
        Assert.Null(await Journal.ReadOperationAsync(new Sequence(long.MaxValue), Token));
    }

    [Fact]
    public async Task Readers_beside_a_writer_see_only_whole_commits_and_never_fewer_than_before()
    {
        using CancellationTokenSource written = new();
        Task<int>[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() => ReadUntilAsync(written.Token), Token))];
        await AppendManyAsync();
        await written.CancelAsync();

        Assert.All(await Task.WhenAll(readers), rounds => Assert.True(rounds > 0));
        Compare.Equal(Chain.Commits, await Compare.ReadAllAsync(Journal));
    }

    [Fact]
    public async Task A_cancelled_reading_ends_and_leaves_the_journal_usable()
    {
        await AppendManyAsync();
        for (int read = 1; read <= 3; read++)
        {
            using CancellationTokenSource cancelled = new();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ReadAndCancelAsync(read, cancelled));
        }

        await AppendAsync(Chain.AddCredits(1));
        Compare.Equal(Chain.Commits, await Compare.ReadAllAsync(Journal));
    }

    [Fact]
    public async Task A_reading_that_is_left_early_leaves_the_journal_usable()
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
        Compare.Equal(Chain.Commits, await Compare.ReadAllAsync(Journal));
    }

    private async Task AppendManyAsync()
    {
        for (int number = 1; number <= ManyCommits; number++)
        {
            await AppendAsync(Chain.AddCredits(Enumerable.Repeat((long)number, (number % 3) + 1)));
        }
    }

    /// <summary>A spend with draws, a transaction alone, a spend without draws, and a flush of several entries.</summary>
    private static IEnumerable<IReadOnlyList<Entry>> NextOperations(int written)
    {
        Sequence next = new(written + 1);
        yield return Given.Spend(next, draws: 3);
        yield return [Given.Full(next.Plus(4), EntryKind.Deduction) with { Operation = next.Plus(4) }];
        yield return Given.Spend(next.Plus(5), draws: 0);
        yield return
        [
            .. Enumerable.Range(6, 3).Select(index => Given.Bare(next.Plus(index), EntryKind.Flush) with { Operation = next.Plus(6) }),
        ];
    }

    private async Task AppendInCommitsOfThreeAsync(List<IReadOnlyList<Entry>> operations)
    {
        foreach (IReadOnlyList<Entry>[] together in operations.Chunk(3))
        {
            Host.Clock.Advance(TimeSpan.FromMilliseconds(1.5));
            await AppendAsync(Chain.Add([.. together.SelectMany(operation => operation)]));
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
}
