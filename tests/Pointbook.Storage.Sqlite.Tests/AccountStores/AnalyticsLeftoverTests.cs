using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Storage.Sqlite.Analytics;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.AccountStores;

/// <summary>
/// When SQLite moves rows, it may leave a copy of a text in the unused part of a page. An erasure removes such copies from
/// the analytics file.
/// </summary>
public sealed class AnalyticsLeftoverTests : IDisposable
{
    private const string Copy = "copy of holder@example.com";

    private readonly TempDirectory _files = new();
    private readonly CommitChain _chain = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string File => _files.File(SqliteAnalytics.DefaultFile);

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task An_erasure_removes_copies_of_texts_from_unused_parts_of_pages()
    {
        Commit written = _chain.AddCredits(7);
        await ApplyAsync(written);
        UnusedPageSpace.WriteText(File, Copy);
        Assert.True(HasCopy());

        await ApplyAsync(_chain.Add(
        [
            new Entry
            {
                Sequence = new Sequence(2), Kind = EntryKind.Erasure, Account = written.Entries[0].Account, PreviousOperation = new Sequence(1), BalanceBefore = new Points(7),
                Operation = new Sequence(2),
            },
        ]));
        Assert.False(HasCopy());
    }

    [Fact]
    public async Task A_purge_that_a_stop_prevented_runs_after_the_next_start()
    {
        await ApplyAsync(_chain.AddCredits(7));
        UnusedPageSpace.WriteText(File, Copy);
        Sql.Run(File, "UPDATE export_schema SET has_leftovers = 1");
        await ApplyAsync(_chain.AddCredits(8));
        Assert.False(HasCopy());
        using Sql sql = new(File);
        Assert.Equal(["0"], sql.Query("SELECT has_leftovers FROM export_schema", row => row.GetString(0)));
    }

    [Fact]
    public async Task Rounds_without_an_erasure_do_not_rewrite_the_file()
    {
        await ApplyAsync(_chain.AddCredits(7));
        UnusedPageSpace.WriteText(File, Copy);
        await ApplyAsync(_chain.AddCredits(8));
        Assert.True(HasCopy());
    }

    private async Task ApplyAsync(Commit commit)
    {
        await using SqliteAnalytics store = SqliteAnalytics.Create(
            new SqliteStoreOptions { Directory = _files.Path, BusyTimeout = TimeSpan.FromSeconds(5) }, SqliteAnalytics.DefaultFile, NullLogger.Instance);
        AnalyticsPosition position = await store.ReadPositionAsync(0, Token);
        while (position.IsEmptying)
        {
            await store.EmptyAsync(0, Token);
            position = await store.ReadPositionAsync(0, Token);
        }

        Assert.True(await store.ApplyAsync(AnalyticsRound.From(position, [commit]), Token));
    }

    private bool HasCopy() => Directory.GetFiles(_files.Path, SqliteAnalytics.DefaultFile + "*").Any(file => System.IO.File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Copy)) >= 0);
}
