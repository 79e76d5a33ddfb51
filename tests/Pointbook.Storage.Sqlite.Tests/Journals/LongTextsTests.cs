using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>
/// The journal reads the texts of a large commit in parts. It reads only the blocks that a range needs, whether the body is
/// long or not.
/// </summary>
public sealed class LongTextsTests : IAsyncLifetime
{
    private const int Block = CommitBody.EntriesPerBlock;
    private const int Short = (2 * Block) + 10;
    private const int Long = (4 * Block) + 10;
    private const int SaltLength = 16;

    private readonly SqliteHost _host = new();
    private CommitChain _chain = null!;
    private Sql _sql = null!;

    private static readonly string[] Tamperings =
    [
        "zeroblob(0)", "substr(texts, 1, 100)", "substr(texts, 1, length(texts) - 1)", "CAST(texts || x'00' AS BLOB)", "CAST(texts || texts AS BLOB)",
        "zeroblob(length(texts))", "zeroblob(40000)", "(SELECT other.texts FROM journal_commit AS other WHERE other.last_sequence = 2)",
    ];

    public static TheoryData<int, int, int> Ranges => new(
        from entries in new[] { Short, Long }
        from range in new[]
        {
            (0, 0), (Block - 1, Block - 1), (Block, Block), (Block - 2, Block + 2), (Block + 100, Block + 120), (2 * Block, 2 * Block),
            (entries - 1, entries - 1), (0, entries - 1), (-1, 0), (entries - 1, entries), (-2, entries),
        }
        select (entries, range.Item1, range.Item2));

    public static TheoryData<int, string> OtherTexts => new(
        from entries in new[] { Short, Long }
        from texts in Tamperings
        select (entries, texts));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Commit Large => _chain.Commits[1];

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        await AppendAsync(_chain.AddCredits(1, 2));
        _sql = new Sql(_host.Files.Journal);
        _sql.Run("PRAGMA synchronous = OFF");
    }

    public ValueTask DisposeAsync()
    {
        _sql.Dispose();
        return _host.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Ranges))]
    public async Task A_range_of_a_commit_with_long_texts_can_be_read(int entries, int first, int last)
    {
        await AppendLargeAsync(entries);
        Assert.Equal(Expected(Range(first, last)), await ReadAsync(first, last));
    }

    [Theory]
    [InlineData(Short)]
    [InlineData(Long)]
    public async Task Texts_of_blocks_outside_a_range_are_not_read(int entries)
    {
        await AppendLargeAsync(entries);
        CommitBodyIndex index = Index();
        for (int damaged = 0; damaged < index.BlockCount; damaged++)
        {
            byte[] texts = Large.Bytes.Texts.ToArray();
            texts.AsSpan(index.TextOffsetOf(damaged), index.TextLengthOf(damaged)).Fill(0xFF);
            _sql.SetCommit(Large.Last, "texts", texts);
            for (int block = 0; block < index.BlockCount; block++)
            {
                int place = (block * Block) + 7;
                if (block == damaged)
                {
                    await AssertDamagedAsync(place, place, "a text does not match its digest");
                }
                else
                {
                    Assert.Equal(Expected(Range(place, place)), await ReadAsync(place, place));
                }
            }
        }
    }

    [Theory]
    [InlineData(Short)]
    [InlineData(Long)]
    public async Task Exactly_the_bytes_of_the_texts_of_a_block_are_read(int entries)
    {
        await AppendLargeAsync(entries, textLength: 4_000);
        CommitBodyIndex index = Index();
        int length = index.TextLengthOf(index.BlockCount - 1);
        Assert.InRange(length, 40_000, Large.Bytes.Texts.Length / 40);
        using JournalReader reader = new(_host.Files.Journal, new JournalNames(), TimeSpan.FromSeconds(1));
        foreach (Sequence entry in new[] { Large.Last, Large.Last, new Sequence(Large.Last.Value - 5) })
        {
            EntryCollector read = new();
            long before = GC.GetAllocatedBytesForCurrentThread();
            reader.ReadEntries(new EntryRange(entry, entry), read);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, length, length + 300_000);
            Assert.Equal(Expected(new EntryRange(entry, entry)), read.Entries);
        }
    }

    [Theory]
    [InlineData(Short)]
    [InlineData(Long)]
    public async Task A_flipped_bit_of_a_text_is_detected_only_by_reads_of_its_entry(int entries)
    {
        await AppendLargeAsync(entries);
        Random random = new(20201102);
        int textLength = Large.Bytes.Texts.Length / entries;
        for (int sample = 0; sample < 300; sample++)
        {
            int bit = random.Next(Large.Bytes.Texts.Length * 8);
            byte[] texts = Large.Bytes.Texts.ToArray();
            texts[bit / 8] ^= (byte)(1 << (bit % 8));
            _sql.SetCommit(Large.Last, "texts", texts);
            int place = bit / 8 / textLength;
            await AssertDamagedAsync(place, place, "a text does not match its digest");
            foreach (int other in new[] { place - 1, place + 1, random.Next(place), random.Next(place + 1, entries + 1) })
            {
                Assert.Equal(Expected(Range(other, other)), await ReadAsync(other, other));
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Texts_about_as_long_as_one_read_can_be_read(int longer)
    {
        string reason = new('x', JournalReader.LengthAtOnceMax + longer - SaltLength);
        Commit commit = _chain.Add([Given.Credit(_chain.Next) with { Origin = new Origin { Reason = reason } }]);
        Assert.Equal(JournalReader.LengthAtOnceMax + longer, commit.Bytes.Texts.Length);
        await AppendAsync(commit);
        Assert.Equal(commit.Entries, await _host.Journal.ReadEntriesAsync([new EntryRange(commit.First, commit.Last)], Token));
        StoreAssert.Equal(_chain.Commits, await StoreAssert.ReadAllAsync(_host.Journal));
    }

    [Theory]
    [MemberData(nameof(OtherTexts))]
    public async Task A_large_commit_without_its_texts_is_named(int entries, string texts)
    {
        await AppendLargeAsync(entries);
        _sql.Run($"UPDATE journal_commit SET texts = {texts} WHERE last_sequence = {Large.Last}");
        await AssertDamagedAsync(5, 6, "differs from what was committed");
        await AssertDamagedAsync(entries - 1, entries - 1, "differs from what was committed");
    }

    [Theory]
    [InlineData(Short)]
    [InlineData(Long)]
    public async Task A_name_in_an_earlier_block_is_read_without_the_other_texts(int entries)
    {
        await AppendLargeAsync(entries, introducing: Block + 3);
        CommitBodyIndex index = Index();
        byte[] texts = Large.Bytes.Texts.ToArray();
        int name = texts.AsSpan().IndexOf("introduced late"u8);
        Assert.InRange(name, index.TextOffsetOf(1), index.TextOffsetOf(2) - 1);
        texts.AsSpan(0, index.TextOffsetOf(1)).Fill(0xFF);
        texts.AsSpan(index.TextOffsetOf(2) - 100, 100).Fill(0xFF);
        await AssertLastReadAsync(texts, isRead: true);
        texts[name] ^= 1;
        await AssertLastReadAsync(texts, isRead: false);

        async Task AssertLastReadAsync(byte[] texts, bool isRead)
        {
            _sql.SetCommit(Large.Last, "texts", texts);
            await _host.OpenAsync();
            if (isRead)
            {
                Assert.Equal(Expected(Range(entries - 1, entries - 1)), await ReadAsync(entries - 1, entries - 1));
            }
            else
            {
                await AssertDamagedAsync(entries - 1, entries - 1, "a text does not match its digest");
            }
        }
    }

    private async Task AppendAsync(Commit commit) => Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, Token));

    /// <summary>Appends a commit with a reference in each entry, and then a small commit.</summary>
    /// <param name="entries">How many entries the large commit has.</param>
    /// <param name="textLength">The length of each reference in characters.</param>
    /// <param name="introducing">The place of the entry that introduces the actor of this entry and all later ones. Null for no actor.</param>
    private async Task AppendLargeAsync(int entries, int textLength = 150, int? introducing = null)
    {
        await AppendAsync(_chain.Add([.. Enumerable.Range(0, entries).Select(place => Given.Credit(_chain.Next.Plus(place)) with
        {
            Origin = new Origin
            {
                Reference = $"{place}".PadRight(textLength, '.'),
                Actor = place >= introducing ? "introduced late" : null,
            },
        })]));
        await AppendAsync(_chain.AddCredits(3));
        Assert.Equal(entries == Long, Large.Bytes.Body.Length > JournalReader.LengthAtOnceMax);
        Assert.True(Large.Bytes.Texts.Length > JournalReader.LengthAtOnceMax);
    }

    private CommitBodyIndex Index() => CommitBodyIndex.Read(Large.Bytes.Body.Span, Large.Bytes.Body.Length, Large.Bytes.Texts.Length, Large.First, Large.Last);

    /// <summary>A range, given by places in the large commit.</summary>
    private EntryRange Range(int first, int last) => new(Large.First.Plus(first), Large.First.Plus(last));

    private Entry[] Expected(EntryRange range) =>
        [.. _chain.Commits.SelectMany(commit => commit.Entries).Where(entry => entry.Sequence >= range.First && entry.Sequence <= range.Last)];

    private ValueTask<IReadOnlyList<Entry>> ReadAsync(int first, int last) => _host.Journal.ReadEntriesAsync([Range(first, last)], Token);

    private async Task AssertDamagedAsync(int first, int last, string message)
    {
        JournalDamagedException damage = await Assert.ThrowsAsync<JournalDamagedException>(async () => await ReadAsync(first, last));
        Assert.Equal((Large.First, Large.Last, Large.Id), (damage.First, damage.Last, damage.Commit));
        Assert.True(damage.Message.Contains(message, StringComparison.Ordinal), damage.Message);
    }
}
