using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>The journal detects every flipped bit.</summary>
public sealed class BitFlipTests : TamperedJournal
{
    private const int SaltLength = 16;

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(9)]
    public async Task Every_bit_of_every_column_is_covered_by_the_seals_and_digests(int row)
    {
        using Sql sql = new(Host.Files.Journal);
        sql.Run("PRAGMA synchronous = OFF");
        Sequence last = new(row);
        List<string> columns = sql.Query("SELECT name FROM pragma_table_info('journal_commit')", reader => reader.GetString(0));
        Assert.Equal(10, columns.Count);
        foreach (string column in columns)
        {
            object value = sql.Scalar<object>($"SELECT {column} FROM journal_commit WHERE last_sequence = {last}");
            foreach ((string bit, object flipped) in FlipsOf(value))
            {
                sql.SetCommit(last, column, flipped);
                Sequence key = column == "last_sequence" ? new Sequence((long)flipped) : last;
                await AssertDetectedByVerifyAsync($"{bit} of {column}");
                await AssertReadableAsync($"{bit} of {column}");
                sql.SetCommit(key, column, value);
            }
        }

        await AssertIntactAsync();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(9)]
    public async Task Every_flipped_bit_of_a_text_is_detected_by_reads_that_need_the_text(int row)
    {
        using Sql sql = new(Host.Files.Journal);
        sql.Run("PRAGMA synchronous = OFF");
        Commit commit = Chain.Commits.Single(commit => commit.Last == new Sequence(row));
        byte[] texts = sql.ReadBytes(commit.Last).Texts.ToArray();
        int bit = 0;
        foreach ((int length, Sequence[] needing) in TextsOf(commit))
        {
            for (int end = bit + ((SaltLength + length) * 8); bit < end; bit++)
            {
                sql.SetCommit(commit.Last, "texts", Flip(texts, bit));
                foreach (Entry entry in commit.Entries)
                {
                    await AssertDetectedAsync(commit, entry, needing.Contains(entry.Sequence), $"bit {bit}");
                }

                AssertCommit(
                    await AssertDamagedAsync(async () => await StoreAssert.ReadAllAsync(Host.Journal, commit.First)),
                    Chain.Commits.IndexOf(commit),
                    "a text does not match its digest");
            }
        }

        Assert.Equal(texts.Length * 8, bit);
        sql.SetCommit(commit.Last, "texts", texts);
        await AssertIntactAsync();
    }

    /// <summary>The texts of a commit in order: the length of each, and the entries that cannot be read without it.</summary>
    private static (int Length, Sequence[] Needing)[] TextsOf(Commit commit)
    {
        Sequence[] full = [commit.First];
        (int, Sequence[])[] ofOrigin = [(Digest.Length + "key ~1".Length, full), ("order 4711".Length, full), ("a reason".Length, full)];
        return commit.First == new Sequence(1)
            ? [("default".Length, [commit.First, commit.Last]), ("a".Length, [commit.First.Next]), ("till 3".Length, full), .. ofOrigin]
            : ofOrigin;
    }

    private async Task AssertDetectedAsync(Commit commit, Entry entry, bool isDetected, string what)
    {
        async Task<IReadOnlyList<Entry>> ReadAsync() => await Host.Journal.ReadEntriesAsync([new EntryRange(entry.Sequence, entry.Sequence)], CancellationToken.None);
        if (isDetected)
        {
            Exception? fault = await Record.ExceptionAsync(ReadAsync);
            AssertCommit(Assert.IsType<JournalDamagedException>(fault), Chain.Commits.IndexOf(commit), "a text does not match its digest");
        }
        else
        {
            Assert.Equal((what, entry), (what, Assert.Single(await ReadAsync())));
        }
    }

    private static IEnumerable<(string Bit, object Value)> FlipsOf(object value)
    {
        int bits = value is byte[] blob ? blob.Length * 8 : 64;
        for (int bit = 0; bit < bits; bit++)
        {
            object flipped = value is byte[] bytes ? Flip(bytes, bit) : (long)value ^ (1L << bit);
            yield return ($"bit {bit}", flipped);
        }
    }

    private static byte[] Flip(byte[] bytes, int bit)
    {
        byte[] flipped = [.. bytes];
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    /// <summary>Readers of single entries do not check seals. They get entries or are told of damage.</summary>
    private async Task AssertReadableAsync(string bit)
    {
        foreach (EntryRange range in new EntryRange[] { new(new Sequence(1), Chain.Head.Last), new(Chain.Head.Last, Chain.Head.Last) })
        {
            Exception? fault = await Record.ExceptionAsync(async () =>
            {
                IReadOnlyList<Entry> entries = await Host.Journal.ReadEntriesAsync([range], CancellationToken.None);
                Assert.All(entries, entry => Assert.InRange(entry.Sequence.Value, range.First.Value, range.Last.Value));
            });
            Assert.True(fault is null or JournalDamagedException, $"{bit}: {fault}");
        }
    }
}
