using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>The journal reads the body of a large commit in parts. It reads only the blocks that a range needs.</summary>
public sealed class LongBodyTests : IAsyncLifetime
{
    private const int Block = CommitBody.EntriesPerBlock;
    private const int Entries = (3 * Block) + 10;

    private readonly SqliteHost _host = new();
    private CommitChain _chain = null!;
    private Sql _sql = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Commit Long => _chain.Commits[1];

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        // This commit introduces the account and the actor of the large commit, so that the large commit introduces no names.
        await AppendAsync(_chain.Add([Given.EntryWithAllFields(_chain.Next, EntryKind.Credit), Given.Credit(_chain.Next.Next)]));
        await AppendAsync(_chain.Add([.. Enumerable.Range(0, Entries).Select(place => Given.EntryWithAllFields(_chain.Next.Plus(place), (EntryKind)((place % 11) + 1)))]));
        await AppendAsync(_chain.AddCredits(3));
        Assert.True(Long.Bytes.Body.Length > JournalReader.LengthAtOnceMax);
        _sql = new Sql(_host.Files.Journal);
        _sql.Run("PRAGMA synchronous = OFF");
    }

    public ValueTask DisposeAsync()
    {
        _sql.Dispose();
        return _host.DisposeAsync();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 10)]
    [InlineData(Block - 1, Block - 1)]
    [InlineData(Block, Block)]
    [InlineData(Block - 2, Block + 2)]
    [InlineData(Block + 100, Block + 120)]
    [InlineData(Block + 100, (3 * Block) + 1)]
    [InlineData(Entries - 10, Entries - 1)]
    [InlineData(Entries - 1, Entries - 1)]
    [InlineData(0, Entries - 1)]
    [InlineData(-1, 0)]
    [InlineData(Entries - 1, Entries)]
    [InlineData(-2, Entries)]
    public async Task A_range_of_a_large_commit_can_be_read(int first, int last) =>
        Assert.Equal(Expected(Range(first, last)), await _host.Journal.ReadEntriesAsync([Range(first, last)], Token));

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_body_about_as_long_as_one_read_can_be_read(int longer)
    {
        // One more credit adds some bytes. Each character of the payer of the last credit adds one byte.
        Entry[] Make(int credits, int nameLength) =>
        [
            .. Enumerable.Range(0, credits).Select(place => Given.Credit(_chain.Next.Plus(place))),
            Given.Credit(_chain.Next.Plus(credits), payer: new string('x', nameLength)),
        ];
        int length = JournalReader.LengthAtOnceMax + longer;
        int credits = 1;
        while (_chain.Fork(Make(credits, 1)).Bytes.Body.Length is var without && without < length - 100)
        {
            credits += Math.Max(1, (length - 100 - without) / 20);
        }

        Commit commit = _chain.Add(Make(credits, 1 + length - _chain.Fork(Make(credits, 1)).Bytes.Body.Length));
        Assert.Equal(length, commit.Bytes.Body.Length);
        await AppendAsync(commit);
        Assert.Equal(commit.Entries, await _host.Journal.ReadEntriesAsync([new EntryRange(commit.First, commit.Last)], Token));
        StoreAssert.Equal(_chain.Commits, await StoreAssert.ReadAllAsync(_host.Journal));
    }

    [Fact]
    public async Task A_flipped_bit_of_the_index_is_damage()
    {
        int indexLength = Index().OffsetOf(0);
        Assert.InRange(indexLength, 4 * Digest.Length, 4 * (Digest.Length + 10));
        int found = 0;
        for (int bit = 0; bit < indexLength * 8; bit++)
        {
            foreach (EntryRange range in new[] { Range(0, 5), Range(Block - 2, Block + 2), Range(Entries - 1, Entries - 1) })
            {
                found += await IsDetectedAsync(bit, range) ? 1 : 0;
            }
        }

        Assert.Equal(3 * 8 * indexLength, found);
    }

    [Theory]
    [InlineData(0, 0, 5)]
    [InlineData(1, Block - 2, Block + 2)]
    [InlineData(3, Entries - 1, Entries - 1)]
    public async Task A_flipped_bit_of_a_block_is_detected_by_reads_of_this_block(int block, int first, int last)
    {
        Random random = new(20201102);
        (int start, int end) = (Index().OffsetOf(block) * 8, (Index().OffsetOf(block) + Index().LengthOf(block)) * 8);
        IEnumerable<int> bits = Enumerable.Range(start, 600).Concat(Enumerable.Range(0, 200).Select(_ => random.Next(start, end)));
        int found = 0;
        foreach (int bit in bits)
        {
            found += await IsDetectedAsync(bit, Range(first, last)) ? 1 : 0;
        }

        Assert.Equal(800, found);
    }

    [Fact]
    public async Task Blocks_outside_a_range_are_not_read()
    {
        byte[] body = Long.Bytes.Body.ToArray();
        body.AsSpan(Index().OffsetOf(1), Index().LengthOf(1)).Fill(0xFF);
        _sql.SetCommit(Long.Last, "body", body);
        foreach (EntryRange range in new[] { Range(-2, Block - 1), Range(2 * Block, Entries) })
        {
            Assert.Equal(Expected(range), await _host.Journal.ReadEntriesAsync([range], Token));
        }

        JournalDamagedException damage = await Assert.ThrowsAsync<JournalDamagedException>(
            async () => await _host.Journal.ReadEntriesAsync([Range(0, Block)], Token));
        Assert.Equal((Long.First, Long.Last, Long.Id), (damage.First, damage.Last, damage.Commit));
    }

    [Theory]
    [InlineData("substr(body, 1, length(body) - 1)")]
    [InlineData("substr(body, 1, 40000)")]
    [InlineData("CAST(body || x'00' AS BLOB)")]
    [InlineData("zeroblob(length(body))")]
    [InlineData("zeroblob(40000)")]
    public async Task A_large_commit_without_its_entries_is_named(string body)
    {
        Sql.Run(_host.Files.Journal, $"UPDATE journal_commit SET body = {body} WHERE last_sequence = {Long.Last}");
        JournalDamagedException damage = await Assert.ThrowsAsync<JournalDamagedException>(
            async () => await _host.Journal.ReadEntriesAsync([Range(5, 6)], Token));
        Assert.Equal((Long.First, Long.Last, Long.Id), (damage.First, damage.Last, damage.Commit));
    }

    private async Task AppendAsync(Commit commit) => Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, Token));

    private CommitBodyIndex Index() => CommitBodyIndex.Read(Long.Bytes.Body.Span, Long.Bytes.Body.Length, Long.Bytes.Texts.Length, Long.First, Long.Last);

    /// <summary>A range, given by places in the large commit.</summary>
    private EntryRange Range(int first, int last) => new(Long.First.Plus(first), Long.First.Plus(last));

    private Entry[] Expected(EntryRange range) =>
        [.. _chain.Commits.SelectMany(commit => commit.Entries).Where(entry => entry.Sequence >= range.First && entry.Sequence <= range.Last)];

    /// <summary>
    /// Reads a range while a bit of the large commit is flipped. The journal must return entries with the expected
    /// sequences, or report damage.
    /// </summary>
    /// <returns>Whether the journal reported damage.</returns>
    private async Task<bool> IsDetectedAsync(int bit, EntryRange range)
    {
        byte[] body = Long.Bytes.Body.ToArray();
        body[bit / 8] ^= (byte)(1 << (bit % 8));
        _sql.SetCommit(Long.Last, "body", body);
        try
        {
            IReadOnlyList<Entry> entries = await _host.Journal.ReadEntriesAsync([range], Token);
            Assert.Equal(Expected(range).Select(entry => entry.Sequence), entries.Select(entry => entry.Sequence));
            return false;
        }
        catch (JournalDamagedException damage)
        {
            Assert.Equal((Long.First, Long.Last, Long.Id), (damage.First, damage.Last, damage.Commit));
            return true;
        }
        finally
        {
            _sql.SetCommit(Long.Last, "body", Long.Bytes.Body.ToArray());
        }
    }
}
