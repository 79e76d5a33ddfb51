using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <remarks>This part: accounts and actors that other entries introduced, and long texts.</remarks>
public abstract partial class JournalContract
{
    private const int Block = CommitBody.EntriesPerBlock;
    private const int LongTextLength = 300;

    private IEnumerable<Entry> AllEntries => Chain.Commits.SelectMany(commit => commit.Entries);

    [Fact]
    public async Task Each_entry_can_be_read_alone_without_known_names()
    {
        await AppendNamesAsync();
        foreach (Entry entry in AllEntries)
        {
            await Host.OpenAsync();
            Assert.Equal([entry], await ReadAsync(entry.Sequence, entry.Sequence));
        }
    }

    [Fact]
    public async Task Earlier_reads_make_no_difference()
    {
        await AppendNamesAsync();
        Entry[] all = [.. AllEntries];
        foreach (Entry before in all)
        {
            await Host.OpenAsync();
            Assert.Equal([before], await ReadAsync(before.Sequence, before.Sequence));
            for (int place = all.Length - 1; place >= 0; place--)
            {
                Assert.Equal([all[place]], await ReadAsync(all[place].Sequence, all[place].Sequence));
            }

            StoreAssert.Equal(Chain.Commits, await StoreAssert.ReadAllAsync(Journal));
        }
    }

    [Fact]
    public async Task Any_range_can_be_read_without_known_names()
    {
        await AppendNamesAsync();
        Entry[] all = [.. AllEntries];
        for (int first = 0; first < all.Length; first++)
        {
            await Host.OpenAsync();
            for (int last = all.Length - 1; last >= first; last--)
            {
                Assert.Equal(all[first..(last + 1)], await ReadAsync(all[first].Sequence, all[last].Sequence));
            }
        }
    }

    [Fact]
    public async Task Entries_of_many_accounts_can_be_read_in_one_call_without_known_names()
    {
        await AppendNamesAsync();
        Entry[] all = [.. AllEntries];
        await Host.OpenAsync();
        EntryRange[] others = [.. all.Where((_, place) => place % 2 == 1).Select(entry => new EntryRange(entry.Sequence, entry.Sequence))];
        Assert.Equal(all.Where((_, place) => place % 2 == 1), await Journal.ReadEntriesAsync(others, Token));
        Assert.Equal(all.Reverse(), await Journal.ReadEntriesAsync([.. all.Reverse().Select(entry => new EntryRange(entry.Sequence, entry.Sequence))], Token));
    }

    [Fact]
    public async Task Commits_can_be_read_from_any_entry_without_known_names()
    {
        await AppendNamesAsync();
        for (Sequence after = Sequence.Zero; after <= Chain.Head.Last; after = after.Next)
        {
            await Host.OpenAsync();
            StoreAssert.Equal([.. Chain.Commits.Where(commit => commit.Last > after)], await StoreAssert.ReadAllAsync(Journal, after));
        }
    }

    [Fact]
    public async Task A_commit_can_be_read_and_checked_without_known_names()
    {
        await AppendNamesAsync();
        foreach (Commit commit in Chain.Commits)
        {
            await Host.OpenAsync();
            StoreAssert.Equal([commit], [(await JournalVerification.ReadCommitOfAsync(Journal, commit.Last, Token))!]);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(Block - 1, Block - 1)]
    [InlineData(Block, Block)]
    [InlineData(Block + 1, Block + 1)]
    [InlineData((2 * Block) - 1, 2 * Block)]
    [InlineData(2 * Block, 2 * Block)]
    [InlineData((2 * Block) + 1, (2 * Block) + 5)]
    [InlineData((3 * Block) - 1, (3 * Block) + 1)]
    [InlineData(7, (2 * Block) + 7)]
    [InlineData(0, 3 * Block)]
    public async Task Names_of_earlier_blocks_can_be_read_without_known_names(int first, int last)
    {
        await AppendBlocksAsync(textLength: 0);
        await AssertEntriesReadAloneAsync(first, last);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(Block - 1, Block)]
    [InlineData(Block, Block)]
    [InlineData(Block + 100, Block + 120)]
    [InlineData((3 * Block) - 1, (3 * Block) - 1)]
    [InlineData(3 * Block, 3 * Block)]
    [InlineData(0, 3 * Block)]
    public async Task Long_texts_of_any_block_can_be_read(int first, int last)
    {
        await AppendBlocksAsync(LongTextLength);
        Assert.InRange(Chain.Commits[1].Bytes.Texts.Length, 3 * Block * LongTextLength, 3 * Block * 2 * LongTextLength);
        await AssertEntriesReadAloneAsync(first, last);
        StoreAssert.Equal([Chain.Commits[1]], await StoreAssert.ReadAllAsync(Journal, Chain.Commits[0].Last));
    }

    [Fact]
    public async Task Long_texts_throughout_a_commit_can_be_read_in_one_call()
    {
        await AppendBlocksAsync(LongTextLength);
        await Host.OpenAsync();
        Entry[] all = [.. AllEntries.Where((_, place) => place % 37 == 0 || place % Block < 2)];
        Assert.Equal(all, await Journal.ReadEntriesAsync([.. all.Select(entry => new EntryRange(entry.Sequence, entry.Sequence))], Token));
    }

    /// <summary>Reads a range of the large commit, and its entries one by one, each time with a reader that knows no names.</summary>
    private async Task AssertEntriesReadAloneAsync(int first, int last)
    {
        IReadOnlyList<Entry> entries = Chain.Commits[1].Entries;
        (Sequence from, Sequence to) = (entries[first].Sequence, entries[last].Sequence);
        Entry[] expected = [.. entries.Take(first..(last + 1))];
        await Host.OpenAsync();
        Assert.Equal(expected, await ReadAsync(from, to));
        await Host.OpenAsync();
        Assert.Equal([expected[^1]], await ReadAsync(to, to));
        Assert.Equal(expected, await Journal.ReadEntriesAsync([.. expected.Select(entry => new EntryRange(entry.Sequence, entry.Sequence))], Token));
    }

    private ValueTask<IReadOnlyList<Entry>> ReadAsync(Sequence first, Sequence last) => Journal.ReadEntriesAsync([new EntryRange(first, last)], Token);

    /// <summary>Appends commits that introduce accounts and actors, alone and together. Entries of the same commit and of later ones need them.</summary>
    private async Task AppendNamesAsync()
    {
        foreach (string[] commit in new string[][]
        {
            ["a:till 1", "a", "b:till 1", "a:till 1", "c"],
            ["d:till 2", "b:till 2", "d"],
            ["c:till 3"],
            ["a:till 2", "e:till 1", "e:till 4", "c"],
            ["e:till 4", "d:till 3", "b:till 1", "a", "c:till 2"],
        })
        {
            await AppendAsync(Chain.Add([.. commit.Select((entry, place) => Named(Chain.Next.Plus(place), entry.Split(':')))]));
        }

        static Entry Named(Sequence sequence, string[] names) => Given.Credit(sequence, account: names[0]) with
        {
            Origin = names.Length == 1 ? null : new Origin { Actor = names[1] },
        };
    }

    /// <summary>
    /// Appends a small commit and one of more than three blocks. Each block needs names from the small commit and from all
    /// blocks up to itself.
    /// </summary>
    private async Task AppendBlocksAsync(int textLength)
    {
        await AppendAsync(Chain.Add([Make(1, 0, 0), Make(2, 0, 0)]));
        await AppendAsync(Chain.Add(
        [
            .. Enumerable.Range(0, (3 * Block) + 10).Select(place => Make(place + 3, place % ((place / Block) + 2), place / 3 % ((place / Block) + 2))),
        ]));

        Entry Make(int sequence, int account, int actor) => Given.Credit(new Sequence(sequence), account: $"account-{account}") with
        {
            Origin = new Origin
            {
                Actor = $"till {actor}",
                Reference = textLength == 0 ? null : $"{sequence} {new string('r', textLength)}",
            },
        };
    }
}
