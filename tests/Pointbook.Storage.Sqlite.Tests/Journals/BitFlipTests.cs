using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Tests.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>No bit of the journal can change unnoticed.</summary>
public sealed class BitFlipTests : TamperedJournal
{
    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    [InlineData(9)]
    public async Task Every_bit_of_every_column_is_covered_by_the_seals(int row)
    {
        using Sql sql = new(Host.Files.Journal);
        sql.Run("PRAGMA synchronous = OFF");
        Sequence last = new(row);
        List<string> columns = sql.Query("SELECT name FROM pragma_table_info('journal_commit')", reader => reader.GetString(0));
        Assert.Equal(9, columns.Count);
        foreach (string column in columns)
        {
            object value = sql.Scalar<object>($"SELECT {column} FROM journal_commit WHERE last_sequence = {last}");
            foreach ((string bit, object flipped) in FlipsOf(value))
            {
                sql.SetCommit(last, column, flipped);
                Sequence key = column == "last_sequence" ? new Sequence((long)flipped) : last;
                await AssertFindsAsync($"{bit} of {column}");
                await AssertReadableAsync($"{bit} of {column}");
                sql.SetCommit(key, column, value);
            }
        }

        await AssertIntactAsync();
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

    /// <summary>Whoever reads single entries does not check seals, and gets entries or is told of damage.</summary>
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
