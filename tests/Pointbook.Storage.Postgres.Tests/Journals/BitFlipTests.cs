using Pointbook.Clusters;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Journals;

/// <summary>The journal detects one flipped bit in sealed data. Until then, a reader gets entries or is told that they are damaged.</summary>
public sealed class BitFlipTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);
    private CommitChain? _chain;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        Entry full = Given.EntryWithAllFields(new Sequence(1), EntryKind.Credit);
        await AppendAsync([full, Given.EntryWithoutTexts(new Sequence(2), EntryKind.Flush)]);
        await AppendAsync(Given.Spend(_chain.Next, 1));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("body")]
    [InlineData("texts")]
    [InlineData("seal")]
    [InlineData("previous_seal")]
    public async Task Every_flipped_bit_is_detected(string column)
    {
        string write = $"UPDATE journal_commit SET {column} = $1 WHERE last_sequence = $2";
        List<(long Last, byte[] Bytes)> commits = await _host.Sql.QueryAsync(
            $"SELECT last_sequence, {column} FROM journal_commit", row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)));
        Assert.Equal(_chain!.Commits.Count, commits.Count);
        foreach ((long last, byte[] bytes) in commits)
        {
            for (int bit = 0; bit < bytes.Length * 8; bit++)
            {
                byte[] flipped = [.. bytes];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                await _host.Sql.RunAsync(write, flipped, last);
                await AssertFoundAsync($"{column} of {last}, bit {bit}");
            }

            await _host.Sql.RunAsync(write, bytes, last);
        }

        await JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None);
        StoreAssert.Equal(_chain.Commits, await StoreAssert.ReadAllAsync(_host.Journal));
    }

    private async Task AssertFoundAsync(string flip)
    {
        Exception? found = await Record.ExceptionAsync(() => JournalVerification.VerifyAsync(_host.Journal, CancellationToken.None));
        Assert.True(found is JournalDamagedException, $"{flip}: {found}");
        Exception? read = await Record.ExceptionAsync(
            async () => await _host.Journal.ReadEntriesAsync([new EntryRange(new Sequence(1), _chain!.Head.Last)], CancellationToken.None));
        Assert.True(read is JournalDamagedException, $"{flip}: {read?.ToString() ?? "not detected by reads of entries"}");
    }

    private async Task AppendAsync(IReadOnlyList<Entry> entries) =>
        Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(_chain!.Add(entries), CancellationToken.None));
}
