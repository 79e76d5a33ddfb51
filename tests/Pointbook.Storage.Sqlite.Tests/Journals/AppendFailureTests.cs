using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Pointbook.Engine.Journal;
using Pointbook.Storage.Sqlite.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Journals;

/// <summary>An append may fail at any step, in the ways in which a database can fail. It then writes nothing, and the server can repeat it.</summary>
public sealed class AppendFailureTests : IAsyncLifetime
{
    private const int EntriesBefore = 3;
    private const int EntriesOfCommit = 4;
    private readonly SqliteHost _host = new() { BusyTimeout = TimeSpan.FromMilliseconds(100) };
    private CommitChain _chain = null!;
    private Commit _commit = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string JournalPath => _host.Files.Journal;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        await _host.Journal.AppendAsync(_chain.AddCredits(1, 2, 3), Token);
        _commit = _chain.Fork([.. Enumerable.Range(0, EntriesOfCommit).Select(index => Given.EntryWithAllFields(_chain.Next.Plus(index), (Ledger.Entries.EntryKind)(index + 1)))]);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task An_append_fails_if_another_program_has_locked_the_file()
    {
        using (Sql other = new(JournalPath))
        {
            other.Run("BEGIN IMMEDIATE");
            await AssertFailsAsync(isOutcomeUnknown: false);
            other.Run("ROLLBACK");
        }

        await AssertSucceedsAsync();
    }

    [Theory]
    [InlineData("BEFORE", "ABORT")]
    [InlineData("BEFORE", "FAIL")]
    [InlineData("BEFORE", "ROLLBACK")]
    [InlineData("AFTER", "ABORT")]
    [InlineData("AFTER", "FAIL")]
    [InlineData("AFTER", "ROLLBACK")]
    public async Task An_append_fails_if_the_commit_row_cannot_be_inserted(string when, string how)
    {
        Sql.Run(JournalPath, $"CREATE TRIGGER fault {when} INSERT ON journal_commit BEGIN SELECT RAISE({how}, 'scripted'); END");
        await AssertFailsAsync(isOutcomeUnknown: false);
        await DropAndAssertSucceedsAsync("DROP TRIGGER fault");
    }

    [Fact]
    public async Task An_append_fails_if_the_database_refuses_to_commit()
    {
        Sql.Run(
            JournalPath,
            """
            CREATE TABLE parent (id INTEGER PRIMARY KEY);
            CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
            CREATE TRIGGER fault AFTER INSERT ON journal_commit BEGIN INSERT INTO child (parent) VALUES (1); END
            """);
        RunOnWriter(_host.Store.Journal, "PRAGMA foreign_keys = ON");
        JournalException failure = await AssertFailsAsync(isOutcomeUnknown: false);
        Assert.Contains("could not commit entries", failure.Message, StringComparison.Ordinal);
        await DropAndAssertSucceedsAsync("DROP TRIGGER fault");
    }

    [Fact]
    public async Task An_append_fails_if_the_file_cannot_grow()
    {
        RunOnWriter(_host.Store.Journal, "PRAGMA max_page_count = 1");
        Commit large = _chain.Fork([.. Enumerable.Range(0, 2_000).Select(index => Given.Credit(_chain.Next.Plus(index)))]);
        await AssertFailsAsync(isOutcomeUnknown: false, large);
        RunOnWriter(_host.Store.Journal, "PRAGMA max_page_count = 1000000");
        await AssertSucceedsAsync(large);
    }

    [Fact]
    public async Task An_append_fails_if_the_disk_is_full()
    {
        Requirement.Linux();
        using (FileFaults.NoSpace(JournalPath + "-wal"))
        {
            JournalException failure = await AssertFailsAsync(isOutcomeUnknown: false);
            Assert.Contains("could not commit entries", failure.Message, StringComparison.Ordinal);
        }

        await AssertSucceedsAsync();
    }

    [Fact]
    public async Task The_outcome_of_an_append_is_unknown_if_the_disk_cannot_be_synced()
    {
        Requirement.Linux();
        using (FileFaults.NoSync(JournalPath + "-wal"))
        {
            await AssertFailsAsync(isOutcomeUnknown: true);
        }

        await AssertSucceedsAsync();
    }

    [Fact]
    public async Task An_append_is_fenced_if_another_program_has_appended()
    {
        using (JournalWriter other = new(JournalPath, TimeSpan.Zero))
        {
            Assert.True(other.TryAppend(_chain.AddCredits(10, 20, 30, 40)));
        }

        Assert.Equal(AppendResult.Fenced, await _host.Journal.AppendAsync(_commit, Token));
        StoreAssert.Equal(_chain.Commits, await StoreAssert.ReadAllAsync(_host.Journal));
        await AssertSucceedsAsync(_chain.Fork([Given.Credit(_chain.Next)]));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_writer")]
    private static extern ref JournalWriter Writer(SqliteJournal journal);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_connection")]
    private static extern ref SqliteConnection Connection(JournalWriter writer);

    /// <summary>Runs a pragma that applies to one connection only.</summary>
    private static void RunOnWriter(SqliteJournal journal, string pragma) => Database.Execute(Connection(Writer(journal)), pragma);

    private async Task<JournalException> AssertFailsAsync(bool isOutcomeUnknown, Commit? commit = null)
    {
        JournalException failure = await Assert.ThrowsAsync<JournalException>(async () => await _host.Journal.AppendAsync(commit ?? _commit, Token));
        Assert.Equal(isOutcomeUnknown, failure.IsOutcomeUnknown);
        Assert.IsType<SqliteException>(failure.InnerException);
        AssertRows(EntriesBefore, 1);
        Assert.Equal(_chain.Head, await _host.Journal.ReadHeadAsync(Token));
        return failure;
    }

    private async Task DropAndAssertSucceedsAsync(string sql)
    {
        await AssertFailsAsync(isOutcomeUnknown: false);
        Sql.Run(JournalPath, sql);
        await AssertSucceedsAsync();
    }

    private async Task AssertSucceedsAsync(Commit? commit = null)
    {
        commit ??= _commit;
        Assert.Equal(AppendResult.Appended, await _host.Journal.AppendAsync(commit, Token));
        AssertRows((int)commit.Last.Value, _chain.Commits.Count + 1);
        await _host.OpenAsync();
        StoreAssert.Equal([.. _chain.Commits, commit], await StoreAssert.ReadAllAsync(_host.Journal));
        Assert.Equal(commit.ToHead(), await JournalVerification.VerifyAsync(_host.Journal, Token));
    }

    private void AssertRows(int entries, int commits)
    {
        using Sql sql = new(JournalPath);
        Assert.Equal(entries, sql.Scalar<long>("SELECT SUM(last_sequence - first_sequence + 1) FROM journal_commit"));
        Assert.Equal(commits, sql.Scalar<long>("SELECT COUNT(*) FROM journal_commit"));
    }
}
